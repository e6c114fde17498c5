"""The graph: types, filter, stores, read index, lexicon, gazetteer, policy."""
