-- Tries to take the lock of an idempotency key until the end of the transaction; false when another transaction has it.
--
-- It tells a request with the same key that is being decided right now from one that is new, without a wait.
create or replace function lock_idempotency_key(subject text, method text, path text, key text)
returns boolean language sql volatile as $$
    select pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', subject, method, path, key), 0))
$$;
