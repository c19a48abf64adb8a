"""The answers over HTTP, and a page: what ``resight serve`` starts."""
