-- What PostgreSQL has in place of the SQLite file 0007.
ALTER TABLE members ADD COLUMN name TEXT; -- null: the one of users
ALTER TABLE members ADD COLUMN password TEXT; -- argon2id in PHC form; null: cannot sign in
