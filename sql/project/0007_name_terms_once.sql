-- An adopted schema may have a term twice: all but the oldest get their id behind the term.
UPDATE :"schema".vocabulary SET term = left(vocabulary.term, 244) || ' (' || left(vocabulary.id::text, 8) || ')'
FROM (SELECT id, row_number() OVER (PARTITION BY term ORDER BY created_at, id) AS place FROM :"schema".vocabulary) AS ranked
WHERE ranked.id = vocabulary.id AND place > 1;

ALTER TABLE :"schema".vocabulary ADD CONSTRAINT vocabulary_term_key UNIQUE (term);
