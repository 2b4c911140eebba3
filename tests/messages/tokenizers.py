"""The tokenizer files of a model that are not GPT-2's: settings, steps and tokens, and the words."""

from __future__ import annotations

from tests.broken_checkpoints import Change, content
from tests.messages.case import Case
from tests.messages.checkpoints import broken
from tests.tokenizer_files import added, each, in_json, json_file
from xlgpt2.errors import BadFileError, UnsupportedModelError

AS_GPT2 = (
    "take another model: the workbook has GPT-2's tokenizer in formulas, and with other settings "
    "the model was trained on other tokens"
)
RESAVE = (
    "write the tokenizer's files again: "
    "AutoTokenizer.from_pretrained(folder).save_pretrained(folder) in transformers"
)
SPACE = (
    "set add_prefix_space to false in tokenizer.json and tokenizer_config.json, "
    "and type the space before the prompt yourself"
)
BOS = (
    "take it out of tokenizer.json and tokenizer_config.json (add_bos_token, post_processor), "
    "and type that token before the prompt yourself: it becomes one id"
)
DISAGREE = "remove the files that are not the model's: transformers takes those of tokenizer.json"
SETTINGS = "tokenizer_config.json"


def special(*tokens: object) -> Change:
    """A tokenizer.json with these tokens after <|endoftext|>."""
    return in_json(lambda json: json["added_tokens"].extend(tokens))


def bad(what: str, change: Change, message: str, hint: str = RESAVE) -> Case:
    """A file that can't be right."""
    return Case(what, broken(change), BadFileError, f"model/{message}", hint)


def other(what: str, change: Change, message: str, hint: str = AS_GPT2) -> Case:
    """A tokenizer that gives other ids than GPT-2's."""
    return Case(what, broken(change), UnsupportedModelError, f"model/{message}", hint)


CASES = [
    other(
        "a tokenizer of another class",
        json_file(SETTINGS, tokenizer_class="LlamaTokenizer"),
        "tokenizer_config.json: tokenizer_class: expected GPT2Tokenizer, got LlamaTokenizer",
    ),
    other(
        "a tokenizer with code of its own",
        json_file(SETTINGS, auto_map={"AutoTokenizer": ["own.Own", None]}),
        "tokenizer_config.json: auto_map: expected a tokenizer of transformers, got code of its own",
    ),
    other(
        "a space before every prompt",
        json_file(SETTINGS, add_prefix_space=True),
        "tokenizer_config.json: add_prefix_space: expected false, got true",
        SPACE,
    ),
    other(
        "a first token before every prompt",
        json_file(SETTINGS, add_bos_token=True),
        "tokenizer_config.json: add_bos_token: expected false, got true",
        BOS,
    ),
    other(
        "special tokens that are split",
        json_file(SETTINGS, split_special_tokens=True),
        "tokenizer_config.json: split_special_tokens: expected false, got true",
        "set it to false: in the workbook a special token in the prompt is one id",
    ),
    other(
        "a normalizer",
        in_json(lambda json: json.update(normalizer={"type": "NFC"})),
        'tokenizer.json: normalizer, which changes the text before it is cut: expected none, got {"type": "NFC"}',
    ),
    bad(
        "a sequence that has no list",
        in_json(lambda json: json.update(normalizer={"type": "Sequence"})),
        "tokenizer.json: normalizer: expected a list of normalizers, got none",
    ),
    bad(
        "a normalizer that is a text",
        in_json(lambda json: json.update(normalizer="NFC")),
        'tokenizer.json: normalizer: expected a JSON object, got "NFC"',
    ),
    other(
        "a space before every word list, by the step that cuts words",
        in_json(lambda json: json["pre_tokenizer"].update(add_prefix_space=True)),
        "tokenizer.json: pre_tokenizer: add_prefix_space: expected false, got true",
        SPACE,
    ),
    other(
        "words that are cut in another way",
        in_json(lambda json: json["pre_tokenizer"].update(use_regex=False)),
        "tokenizer.json: pre_tokenizer.use_regex, which is GPT-2's rule: expected true, got false",
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
        'tokenizer.json: post_processor: expected one that adds no tokens, got {"type": "TemplateProcessing", <...>',
        BOS,
    ),
    other(
        "merges that are left out at random",
        in_json(lambda json: json["model"].update(dropout=0.1)),
        "tokenizer.json: model.dropout, which leaves merges out at random: expected 0, got 0.1",
    ),
    bad(
        "merges that are no list",
        in_json(lambda json: json["model"].update(merges={"a": "b"})),
        'tokenizer.json: model.merges: expected a list, got {"a": "b"}',
    ),
    bad(
        "a merge of one token",
        in_json(lambda json: json["model"]["merges"].__setitem__(3, "abc")),
        'tokenizer.json: model.merges: merge 3: expected two tokens, got "abc"',
    ),
    bad(
        "a byte order mark before the merges",
        content("merges.txt", "\ufeffa b\n"),
        "merges.txt: expected the first merge or #version, got a byte order mark (BOM) before it",
        "save the file as UTF-8 without a byte order mark; the tokenizers library reads no other",
    ),
    bad(
        "a vocab.json beside another tokenizer.json",
        each(
            in_json(keep=True),
            lambda folder: (folder / "vocab.json").write_text('{"!": 299}', encoding="utf-8"),
        ),
        "vocab.json: token <...>: expected id <...>, which it has in tokenizer.json, got <...>",
        DISAGREE,
    ),
    bad(
        "a merges.txt beside another tokenizer.json",
        each(in_json(keep=True), content("merges.txt", "#version: 0.2\na b\n")),
        "merges.txt: expected the merges of tokenizer.json, got others from merge 0 on",
        DISAGREE,
    ),
    bad(
        "added tokens that are no list",
        in_json(lambda json: json.update(added_tokens={})),
        "tokenizer.json: added_tokens: expected a list, got {}",
    ),
    bad(
        "an added token without a row of its own",
        special(added("<new>", 305)),
        "tokenizer.json: added token '<new>': expected id 301, which transformers gives it, got 305",
    ),
    bad(
        "a special token without an id",
        json_file(SETTINGS, pad_token="[PAD]"),
        "tokenizer_config.json: special token '[PAD]': expected one with an id in the vocabulary or among the added tokens, got one without",
    ),
    other(
        "a special token that takes the spaces before it",
        in_json(lambda json: json["added_tokens"][0].update(lstrip=True)),
        "tokenizer.json: added token '<|endoftext|>': lstrip: expected false, got true",
    ),
    other(
        "a special token that no cell can hold",
        special(added("a\x01", 301)),
        r"tokenizer.json: added token 'a\x01': expected characters that a cell holds, got others",
        "take another model: the workbook has each special token as the text of a cell",
    ),
    bad(
        "two lists of added tokens that differ",
        each(
            in_json(),
            json_file(SETTINGS, added_tokens_decoder={"300": added("!!", 300)}),
        ),
        "tokenizer_config.json: added_tokens_decoder: expected the tokens of added_tokens in tokenizer.json, got '!!' in one of them alone",
    ),
    other(
        "special tokens that can stand over each other",
        in_json(
            lambda json: json["added_tokens"].append(
                added("<", json["model"]["vocab"]["<"], normalized=True)
            )
        ),
        "tokenizer.json: added tokens '<' and '<|endoftext|>': expected tokens that can't stand over each other, got two that can, of which some are normalized",
    ),
    bad(
        "an end of the text that is a text",
        json_file("generation_config.json", eos_token_id="<|endoftext|>"),
        'generation_config.json: eos_token_id: expected an id, a list of ids or null, got "<|endoftext|>"',
        "write the id of the token after which the model ends, or null for none",
    ),
]
