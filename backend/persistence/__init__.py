"""PostgreSQL: models, repositories, the unit of work and its only commit."""
