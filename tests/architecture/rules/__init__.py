"""The house rules that imports cannot show, as functions over syntax trees; ``test_rules.py`` applies them."""
