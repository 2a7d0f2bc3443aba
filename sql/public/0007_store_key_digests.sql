-- A client's key is kept as its digest, which opens nothing. A key that was replaced stays good for a while beside
-- the new one. Keys that an adopted database holds as they are become digests, and go on to work; an empty one is none.

ALTER TABLE public.clients
    ADD COLUMN api_key_prefix text,
    ADD COLUMN api_key_used_at timestamptz,
    ADD COLUMN retired_api_key text,
    ADD COLUMN retired_api_key_used_at timestamptz,
    ADD COLUMN retired_api_key_expires_at timestamptz;

UPDATE public.clients
SET api_key = 'sha256:' || encode(sha256(convert_to(nullif(api_key, ''), 'UTF8')), 'hex')
WHERE api_key IS NOT NULL AND api_key !~ '^sha256:[0-9a-f]{64}$';

ALTER TABLE public.clients ADD CONSTRAINT clients_api_key_check CHECK (api_key ~ '^sha256:[0-9a-f]{64}$');
ALTER TABLE public.clients ADD CONSTRAINT clients_retired_api_key_check
    CHECK (retired_api_key IS NULL
        OR retired_api_key ~ '^sha256:[0-9a-f]{64}$' AND retired_api_key_expires_at IS NOT NULL);

-- Not unique, since an adopted database may hold the same key twice; such a key is nobody's.
CREATE INDEX clients_by_api_key ON public.clients (api_key);
CREATE INDEX clients_by_retired_api_key ON public.clients (retired_api_key);
