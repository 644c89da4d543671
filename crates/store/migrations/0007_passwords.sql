-- A user is one by address, but who proves an address is the organization that hands him a link: another organization may have
-- handed one for the same address to somebody else. So name and password are those of a membership. The columns of users that
-- they come from are read no more; a version from before that still runs goes on reading them.
ALTER TABLE members ADD COLUMN name TEXT; -- null: the one of users
ALTER TABLE members ADD COLUMN password TEXT; -- argon2id in PHC form; null: cannot sign in
UPDATE members SET name = (SELECT u.name FROM users u WHERE u.row_id = members.user_row),
    password = (SELECT u.password FROM users u WHERE u.row_id = members.user_row);
