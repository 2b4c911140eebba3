"""Hints for tokenizers that differ from GPT-2's."""

AS_GPT2 = (
    "use another model: the workbook implements GPT-2's tokenizer, and with other settings a "
    "model is trained on other tokens"
)

RESAVE = (
    "write the tokenizer's files again: "
    "AutoTokenizer.from_pretrained(folder).save_pretrained(folder) in transformers"
)

SPACE_BY_HAND = (
    "set add_prefix_space to false in tokenizer.json and tokenizer_config.json, "
    "and type the space before the prompt yourself"
)

BOS_BY_HAND = (
    "remove it from tokenizer.json and tokenizer_config.json (add_bos_token, post_processor), "
    "and type that token before the prompt yourself: it is read as one id"
)

SAME_MODEL = "use config.json, vocab.json and merges.txt of the same model"

MORE_ROWS = (
    "use all files of the same model, or add rows to wte for the tokens: "
    "model.resize_token_embeddings(len(tokenizer)) in transformers"
)
