"""A cross-encoder of a few kilobytes that prefers passages with a chosen word."""

import json
from pathlib import Path

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bicycle", "feedback"]
WIDTH = 8


def write_cross_encoder(folder: Path, word: str, *, outputs: int = 1) -> None:
    """Write a model with weights by hand: only *word* has a token vector.

    Its attention is the mean of all tokens, so that pairs with the word have the highest score.
    """
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(
        vocab_size=len(WORDS),
        dim=WIDTH,
        hidden_dim=WIDTH,
        n_layers=1,
        n_heads=1,
        max_position_embeddings=64,
        num_labels=outputs,
        dropout=0.0,
        attention_dropout=0.0,
        seq_classif_dropout=0.0,
    )
    model = DistilBertForSequenceClassification(config)
    values = model.state_dict()
    for name, value in values.items():
        value.zero_()
        if name.lower().endswith("layer_norm.weight") or name.endswith("LayerNorm.weight"):
            value.fill_(1)
        elif name.endswith(("v_lin.weight", "out_lin.weight", "pre_classifier.weight")):
            value.copy_(torch.eye(WIDTH))
    values["distilbert.embeddings.word_embeddings.weight"][WORDS.index(word), 0] = 1
    values["classifier.weight"][:, 0] = 1
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "model_max_length": 64,
                "pad_token": "[PAD]",
                "unk_token": "[UNK]",
                "cls_token": "[CLS]",
                "sep_token": "[SEP]",
                "mask_token": "[MASK]",
            }
        )
    )
