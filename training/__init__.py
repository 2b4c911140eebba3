"""The making of the small GPT-2 that xlgpt2 ships: corpus, tokenizer, training, model card."""
