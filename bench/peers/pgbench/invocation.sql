-- What an invocation asks of the database, in as few round trips as there can be.
begin read only \; select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '{claims}', true);
select id, filename, file_type, file_size, status, created_at, updated_at from documents order by created_at desc, id desc limit 20;
commit;
