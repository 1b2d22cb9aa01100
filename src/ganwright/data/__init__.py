"""Floor 2: one file per data source; the loader; augmentation when an item is drawn."""
