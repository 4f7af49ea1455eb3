-- What an invocation of the service sends, in its two round trips.
\startpipeline
{opening};
select id, filename, file_type, file_size, status, created_at, updated_at from public.documents order by created_at desc, id desc limit 20;
\endpipeline
commit;
