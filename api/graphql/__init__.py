"""The public GraphQL schema, one room per idea; `api.graphql.schema` puts it together."""
