-- ISO 8601 and most languages have the years 1 to 9999. Times outside of them are set to the nearest inside: nothing
-- that reads them could show them, or page through them.

UPDATE :"schema".contents SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00'),
    updated_at = greatest(least(updated_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
    OR updated_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE :"schema".metadata SET
    updated_at = greatest(least(updated_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE updated_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE :"schema".vocabulary SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE :"schema".prompt_components SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00'),
    updated_at = greatest(least(updated_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
    OR updated_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

ALTER TABLE :"schema".contents ADD CONSTRAINT contents_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
        AND updated_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE :"schema".metadata ADD CONSTRAINT metadata_times_check
    CHECK (updated_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE :"schema".vocabulary ADD CONSTRAINT vocabulary_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE :"schema".prompt_components ADD CONSTRAINT prompt_components_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
        AND updated_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');
