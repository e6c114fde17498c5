-- The model that told a face's embedding: those of different models are not comparable. '' before this was kept.
ALTER TABLE face ADD COLUMN embedding_model TEXT NOT NULL DEFAULT '';
