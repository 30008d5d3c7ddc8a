-- Operators' decisions are mailed to owners in the owners' language.

-- +goose Up
GRANT SELECT (language) ON users TO callshu_operator;

-- +goose Down
REVOKE SELECT (language) ON users FROM callshu_operator;
