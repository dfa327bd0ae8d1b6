"""What the interface answers, as OpenAPI describes it: shapes for readers, never used to make an answer."""
