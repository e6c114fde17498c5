"""`ImageFilter` as EdgeQL, and a query engine that asks the server instead of an index in memory."""

from schema.edgedb.query.compile import Question, question

__all__ = ["Question", "question"]
