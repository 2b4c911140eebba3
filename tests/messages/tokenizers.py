"""The tokenizer files of a model that are not GPT-2's: settings, steps and tokens, and the words."""

from __future__ import annotations

from tests.broken_checkpoints import Change, content
from tests.messages.case import Case
from tests.messages.checkpoints import broken
from tests.tokenizer_files import added, each, in_json, json_file
from xlgpt2.errors import BadFileError, UnsupportedModelError

SETTINGS = "tokenizer_config.json"


def special(*tokens: object) -> Change:
    """A tokenizer.json with these tokens after <|endoftext|>."""
    return in_json(lambda json: json["added_tokens"].extend(tokens))


def bad(what: str, change: Change) -> Case:
    """A file that can't be right."""
    return Case(what, broken(change), BadFileError)


def other(what: str, change: Change) -> Case:
    """A tokenizer that gives other ids than GPT-2's."""
    return Case(what, broken(change), UnsupportedModelError)


CASES = [
    other("a tokenizer of another class", json_file(SETTINGS, tokenizer_class="LlamaTokenizer")),
    other(
        "a tokenizer with code of its own",
        json_file(SETTINGS, auto_map={"AutoTokenizer": ["own.Own", None]}),
    ),
    other("a space before every prompt", json_file(SETTINGS, add_prefix_space=True)),
    other("a first token before every prompt", json_file(SETTINGS, add_bos_token=True)),
    other("special tokens that are split", json_file(SETTINGS, split_special_tokens=True)),
    other("a normalizer", in_json(lambda json: json.update(normalizer={"type": "NFC"}))),
    bad(
        "a sequence that has no list",
        in_json(lambda json: json.update(normalizer={"type": "Sequence"})),
    ),
    bad("a normalizer that is a text", in_json(lambda json: json.update(normalizer="NFC"))),
    other(
        "a space before every word list, by the step that cuts words",
        in_json(lambda json: json["pre_tokenizer"].update(add_prefix_space=True)),
    ),
    other(
        "words that are cut in another way",
        in_json(lambda json: json["pre_tokenizer"].update(use_regex=False)),
    ),
    other(
        "a step that adds a first token",
        in_json(
            lambda json: json.update(
                post_processor={
                    "type": "TemplateProcessing",
                    "single": [{"SpecialToken": {"id": "x"}}, {"Sequence": {"id": "A"}}],
                }
            )
        ),
    ),
    other(
        "merges that are left out at random",
        in_json(lambda json: json["model"].update(dropout=0.1)),
    ),
    bad("merges that are no list", in_json(lambda json: json["model"].update(merges={"a": "b"}))),
    bad(
        "a merge of one token", in_json(lambda json: json["model"]["merges"].__setitem__(3, "abc"))
    ),
    bad("a byte order mark before the merges", content("merges.txt", "\ufeffa b\n")),
    bad(
        "a vocab.json beside another tokenizer.json",
        each(
            in_json(keep=True),
            lambda folder: (folder / "vocab.json").write_text('{"!": 299}', encoding="utf-8"),
        ),
    ),
    bad(
        "a merges.txt beside another tokenizer.json",
        each(in_json(keep=True), content("merges.txt", "#version: 0.2\na b\n")),
    ),
    bad("added tokens that are no list", in_json(lambda json: json.update(added_tokens={}))),
    bad("an added token without a row of its own", special(added("<new>", 305))),
    bad("a special token without an id", json_file(SETTINGS, pad_token="[PAD]")),
    other(
        "a special token that takes the spaces before it",
        in_json(lambda json: json["added_tokens"][0].update(lstrip=True)),
    ),
    other("a special token that no cell can hold", special(added("a\x01", 301))),
    bad(
        "two lists of added tokens that differ",
        each(
            in_json(),
            json_file(SETTINGS, added_tokens_decoder={"300": added("!!", 300)}),
        ),
    ),
    other(
        "special tokens that can stand over each other",
        in_json(
            lambda json: json["added_tokens"].append(
                added("<", json["model"]["vocab"]["<"], normalized=True)
            )
        ),
    ),
    bad(
        "an end of the text that is a text",
        json_file("generation_config.json", eos_token_id="<|endoftext|>"),
    ),
]
