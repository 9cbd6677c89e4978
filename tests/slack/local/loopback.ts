// The server listens on every interface unless it is told otherwise.
const serve = Bun.serve;
Bun.serve = ((options: any) => serve({ hostname: "127.0.0.1", ...options })) as typeof Bun.serve;
