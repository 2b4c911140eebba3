"""Hints for tokenizers that differ from GPT-2's."""

AS_GPT2 = (
    "take another model: the workbook has GPT-2's tokenizer in formulas, and with other settings "
    "the model was trained on other tokens"
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
    "take it out of tokenizer.json and tokenizer_config.json (add_bos_token, post_processor), "
    "and type that token before the prompt yourself: it becomes one id"
)

SAME_MODEL = "take config.json, vocab.json and merges.txt from one and the same model"

MORE_ROWS = (
    "take all files from one and the same model, or give each token a row of wte: "
    "model.resize_token_embeddings(len(tokenizer)) in transformers"
)
