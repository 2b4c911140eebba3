"""From templates to stages: what each tab says and computes, with a model's sizes filled in."""
