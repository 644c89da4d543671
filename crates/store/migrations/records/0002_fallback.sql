-- Public name of the model that stood in for the one asked for.
ALTER TABLE requests ADD COLUMN fallback INTEGER NOT NULL DEFAULT 0;
