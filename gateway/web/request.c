/*
 * request.c - one request over HTTP, from its heads to its answer
 *
 * libmicrohttpd calls the handler once with the heads, then with each piece of
 * the body, then once more.  A request is judged in the first call.  An answer
 * there ends the connection, under the hands of who still writes: he might see
 * a broken connection and never read why.  So who posts something short is
 * heard out before he is refused; nobody else is.  Answers are given
 * in the last call, which leaves the connection open for the next request.
 *
 * Only an order or a login has a body.  It must say its length, and that is
 * judged: so nothing beyond ORDER_TEXT_MAX is read.  libmicrohttpd closes who
 * says nothing for ten seconds; who dribbles meets BODY_MS.
 *
 * What waits, for the loop's verdict, the disk's rows or a password's hash,
 * waits in a worker (of its own each: an order must not stand behind a year's
 * query), the connection suspended meanwhile; the handler is called again when
 * that is done.  So a loop that hangs, or a slow disk, keeps nobody else from
 * /healthz.  A year of history comes in pieces (sequel.h).
 */
#include "gateway/web/request.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/web/answer.h"
#include "gateway/web/audience.h"
#include "gateway/web/inquiry.h"
#include "gateway/web/judge.h"
#include "gateway/web/login.h"
#include "gateway/web/query.h"
#include "gateway/web/sequel.h"
#include "gateway/web/visit.h"

#define BODY_MS 5000 /* for all that is posted */
#define DUTY_SHELVE_MS (INT64_C(8) * 3600 * 1000)
#define EVENT_ACCESS "access" /* of events.h */
#define ORDERS "/api/v1/alarms/" /* device/alarm/verb */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"

/* Where an order is sent.  Its texts are the connection's. */
struct order_path {
	const char *key; /* device/alarm, of len bytes */
	size_t len;
	const char *verb;
};

struct post;

struct request {
	struct errand errand; /* first: an order's errand is its request */
	struct server *server;
	struct visit visit;
	const struct post *post; /* what has a body and is no order; or NULL */
	struct login_errand *login; /* or NULL */
	int64_t begun_ms; /* monotonic */
	bool is_order, is_head;
	struct refusal refusal; /* status 0: none */
	struct order_path path; /* of an order */
	struct order order;
	struct buf body;
	bool given; /* to a worker */
	struct inquiry *inquiry; /* or NULL */
	unsigned status; /* 0: not answered yet */
	struct buf out;
};

struct route {
	const char *path, *type;
	unsigned (*print)(struct api *a, struct buf *out);
	enum MHD_Result (*ask)(struct request *r, struct MHD_Connection *c);
	uint8_t need; /* enum need */
};

/* What is posted and is no order. */
struct post {
	const char *path;
	enum MHD_Result (*take)(struct request *r, struct MHD_Connection *c);
	uint8_t need;
};

static enum MHD_Result ask_journal(struct request *r, struct MHD_Connection *c);
static enum MHD_Result ask_figures(struct request *r, struct MHD_Connection *c);
static enum MHD_Result ask_history(struct request *r, struct MHD_Connection *c);
static enum MHD_Result ask_stream(struct request *r, struct MHD_Connection *c);
static enum MHD_Result answer_me(struct request *r, struct MHD_Connection *c);
static enum MHD_Result take_login(struct request *r, struct MHD_Connection *c);
static enum MHD_Result take_logout(struct request *r, struct MHD_Connection *c);

/* What is there at once is printed, what takes time is asked. */
static const struct route routes[] = {
    {"/healthz", MIME_JSON, api_healthz, NULL, NEED_VIEWER},
    {"/metrics", MIME_METRICS, api_metrics, NULL, NEED_VIEWER},
    {"/api/v1/health", MIME_JSON, api_healthz, NULL, NEED_VIEWER},
    {"/api/v1/snapshot", MIME_JSON, api_snapshot, NULL, NEED_VIEWER},
    {"/api/v1/site", MIME_JSON, api_site, NULL, NEED_VIEWER},
    {"/api/v1/points", MIME_JSON, api_points, NULL, NEED_VIEWER},
    {"/api/v1/contacts", MIME_JSON, api_contacts, NULL, NEED_DUTY},
    {"/api/v1/alarms", MIME_JSON, api_alarms, NULL, NEED_VIEWER},
    {"/api/v1/alarms/figures", MIME_JSON, NULL, ask_figures, NEED_VIEWER},
    {"/api/v1/journal", MIME_JSON, NULL, ask_journal, NEED_VIEWER},
    {"/api/v1/history", MIME_JSON, NULL, ask_history, NEED_VIEWER},
    {"/api/v1/stream", MIME_JSON, NULL, ask_stream, NEED_VIEWER},
    {"/api/v1/me", MIME_JSON, NULL, answer_me, NEED_NOTHING},
};
#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

static const struct post posts[] = {
    {"/api/v1/login", take_login, NEED_LOGIN},
    {"/api/v1/logout", take_logout, NEED_NOTHING},
};
#define POST_COUNT (sizeof(posts) / sizeof(posts[0]))

/* ---- what takes time ---- */

static enum MHD_Result
give(struct request *r, struct MHD_Connection *c, struct worker *w,
    struct errand *e)
{
	r->given = worker_give(w, e, c);
	if (r->given)
		return MHD_YES;
	return answer_error(c, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
	    "too many are asking: try again");
}

/* The log learns who did what; of nobody over the Unix socket it learns from
 * what he did. */
static void
tell(const struct request *r, struct act *act)
{
	const struct server *s = r->server;

	act->address = r->visit.address;
	if (s->told != NULL)
		s->told(s->told_to, act);
}

static void
tell_login(const struct request *r)
{
	const struct login_errand *l = r->login;
	const struct person *p = &l->got.person;
	struct act act = {.what = "login", .user = l->user};

	if (l->got.result == LOGIN_IN) {
		act.name = p->shown;
		act.role = p->role;
		tell(r, &act);
	} else if (l->got.locks) {
		act.what = "lock";
		tell(r, &act);
	}
}

static enum MHD_Result
answer_login(struct request *r, struct MHD_Connection *c)
{
	const struct login_errand *l = r->login;
	char cookie[LOGIN_COOKIE_MAX];
	unsigned status = login_print(l, &r->out);
	enum MHD_Result rc;

	tell_login(r);
	if (status != MHD_HTTP_OK)
		return answer_text(c, status, MIME_JSON, &r->out);
	if (r->visit.person.role != ROLE_NONE) /* who it was in this browser */
		sessions_end(r->server->sessions, visit_token(c));
	login_cookie(cookie, l->got.token, r->visit.way == WAY_HTTPS);
	rc = answer_cookie(c, status, cookie, &r->out);
	explicit_bzero(cookie, sizeof(cookie));
	return rc;
}

static enum MHD_Result
answer_given(struct request *r, struct MHD_Connection *c)
{
	struct inquiry *i = r->inquiry;

	if (r->login != NULL && r->login->done)
		return answer_login(r, c);
	if (i != NULL && i->errand.left) /* its thread is still at it */
		i = NULL;
	if (i != NULL && i->kind == INQUIRY_HISTORY && i->status == 200)
		return sequel_answer(c, i, r->server->queries);
	if (i != NULL && i->status != 0)
		return answer_text(c, i->status, MIME_JSON, &i->out);
	if (r->status != 0)
		return answer_text(c, r->status, MIME_JSON, &r->out);
	return answer_error(c, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
	    "the gateway is being set up: try again");
}

/* ---- orders ---- */

/* Whether path is "/api/v1/alarms/" and three parts. */
static bool
order_path(struct order_path *p, const char *path)
{
	const char *alarm, *verb;

	if (strncmp(path, ORDERS, strlen(ORDERS)) != 0)
		return false;
	p->key = path + strlen(ORDERS);
	alarm = strchr(p->key, '/');
	verb = alarm != NULL ? strchr(alarm + 1, '/') : NULL;
	if (verb == NULL || strchr(verb + 1, '/') != NULL)
		return false;
	p->len = (size_t)(verb - p->key);
	p->verb = verb + 1;
	return true;
}

/* Whether it may be the key of an alarm: names of the configuration. */
static bool
order_key(char key[ORDER_KEY_MAX], const struct order_path *p)
{
	if (p->len >= ORDER_KEY_MAX || p->key[0] == '/' ||
	    p->key[p->len - 1] == '/' ||
	    strspn(p->key, NAME_CHARACTERS "/") < p->len)
		return false;
	memcpy(key, p->key, p->len);
	key[p->len] = '\0';
	return true;
}

static void
tell_order(const struct request *r)
{
	const struct person *p = &r->visit.person;
	struct act act = {.what = "order",
	    .user = p->user,
	    .name = p->shown,
	    .role = p->role,
	    .alarm = r->order.alarm,
	    .verb = order_verb_names[r->order.verb],
	    .status = r->status};

	if (p->role != ROLE_NONE)
		tell(r, &act);
}

/* One that stood so long behind others' is not begun: the loop hangs, and he
 * who asked waits no longer than twice the time. */
static void
order_run(struct errand *e)
{
	struct request *r = (struct request *)e;

	if (clock_mono_ms() - e->given_ms > BOARD_ORDER_WAIT_MS) {
		api_error(&r->out, "the gateway does not answer: try again");
		r->status = MHD_HTTP_SERVICE_UNAVAILABLE;
		return;
	}
	r->status = api_order(r->server->api, &r->order, &r->out);
	tell_order(r);
}

static enum MHD_Result
order_give(struct request *r, struct MHD_Connection *c)
{
	const char *text = r->body.data != NULL ? r->body.data : "";
	char key[ORDER_KEY_MAX], why[ORDER_WHY_MAX];
	const struct person *p = &r->visit.person;
	const char *by = p->role != ROLE_NONE ? p->shown : NULL;

	r->order.verb = (uint8_t)order_verb(r->path.verb);
	if (!order_key(key, &r->path))
		return answer_error(c, MHD_HTTP_NOT_FOUND, NULL,
		    "there is no such alarm: names have a-z, 0-9, - and _");
	if (!order_read_by(&r->order, key, by, text, r->body.len, why))
		return answer_error(c, MHD_HTTP_BAD_REQUEST, NULL, "%s", why);
	if (p->role == ROLE_DUTY && r->order.for_ms > DUTY_SHELVE_MS)
		return answer_error(c, MHD_HTTP_FORBIDDEN, NULL,
		    "the role duty shelves for 8h at most; longer takes the "
		    "role engineer");
	r->errand.run = order_run;
	return give(r, c, r->server->orders, &r->errand);
}

/* No answer can be given in the middle of a body: the connection ends. */
static enum MHD_Result
body_take(struct request *r, const char *bytes, size_t *len)
{
	if ((!r->is_order && r->post == NULL) ||
	    r->body.len + *len > ORDER_TEXT_MAX ||
	    clock_mono_ms() - r->begun_ms > BODY_MS)
		return MHD_NO;
	buf_add(&r->body, bytes, *len);
	*len = 0;
	return MHD_YES;
}

/* ---- who is who ---- */

static bool
can_log_in(const struct request *r)
{
	return r->server->sessions != NULL &&
	    access_has_sessions(r->visit.way) &&
	    sessions_has_users(r->server->sessions, clock_mono_ms());
}

static enum MHD_Result
answer_me(struct request *r, struct MHD_Connection *c)
{
	const struct visit *v = &r->visit;
	enum role role = v->person.role != ROLE_NONE ? (enum role)v->person.role
						     : access_guest(v->way);

	login_me(&r->out, &v->person, role, can_log_in(r));
	return answer_text(c, MHD_HTTP_OK, MIME_JSON, &r->out);
}

static enum MHD_Result
take_login(struct request *r, struct MHD_Connection *c)
{
	const char *text = r->body.data != NULL ? r->body.data : "";
	struct sessions *s = r->server->sessions;
	char why[LOGIN_WHY_MAX];

	if (s == NULL)
		return answer_error(c, MHD_HTTP_FORBIDDEN, NULL,
		    "there are no users: web.users_file names none");
	r->login = login_new(s, r->visit.address, text, r->body.len, why);
	if (r->login == NULL)
		return answer_error(c, MHD_HTTP_BAD_REQUEST, NULL, "%s", why);
	return give(r, c, r->server->logins, &r->login->errand);
}

static enum MHD_Result
take_logout(struct request *r, struct MHD_Connection *c)
{
	const struct person *p = &r->visit.person;
	struct act act = {.what = "logout",
	    .user = p->user,
	    .name = p->shown,
	    .role = p->role};
	struct person nobody = {.role = ROLE_NONE};
	char cookie[LOGIN_COOKIE_MAX];

	if (p->role != ROLE_NONE) {
		sessions_end(r->server->sessions, visit_token(c));
		tell(r, &act);
	}
	login_me(&r->out, &nobody, access_guest(r->visit.way), can_log_in(r));
	login_cookie(cookie, NULL, r->visit.way == WAY_HTTPS);
	return answer_cookie(c, MHD_HTTP_OK, cookie, &r->out);
}

/* ---- questions ---- */

struct params {
	struct query_param all[QUERY_PARAMS_MAX];
	size_t count;
};

/* Those beyond the room are not looked at: there are fewer names, so one
 * before is wrong. */
static enum MHD_Result
params_add(
    void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct params *p = cls;

	(void)kind;
	if (p->count == QUERY_PARAMS_MAX)
		return MHD_NO;
	p->all[p->count++] = (struct query_param){name, value};
	return MHD_YES;
}

static void
params_of(struct MHD_Connection *c, struct params *p)
{
	p->count = 0;
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, params_add, p);
}

static enum MHD_Result
inquire(struct request *r, struct MHD_Connection *c, enum inquiry_kind kind,
    const struct chronicle_query *q)
{
	r->inquiry = inquiry_new(api_store(r->server->api), kind, q);
	return give(r, c, r->server->queries, &r->inquiry->errand);
}

/* Who did what from where is for engineers. */
static enum MHD_Result
ask_journal(struct request *r, struct MHD_Connection *c)
{
	char why[QUERY_WHY_MAX];
	struct chronicle_query q;
	const char *refused;
	struct params p;
	unsigned status;

	params_of(c, &p);
	if (!query_journal(&q, p.all, p.count, why))
		return answer_error(c, MHD_HTTP_BAD_REQUEST, NULL, "%s", why);
	status = visit_judge(&r->visit, NEED_ENGINEER, &refused);
	if (status != MHD_HTTP_OK)
		q.without = EVENT_ACCESS;
	if (q.without != NULL && q.type != NULL &&
	    strcmp(q.type, q.without) == 0)
		return answer_error(c, status, NULL, "%s", refused);
	return inquire(r, c, INQUIRY_JOURNAL, &q);
}

static enum MHD_Result
ask_figures(struct request *r, struct MHD_Connection *c)
{
	struct chronicle_query q = {0};
	char why[QUERY_WHY_MAX];
	struct params p;

	params_of(c, &p);
	if (!query_figures(
		&q.from_ms, &q.to_ms, p.all, p.count, clock_wall_ms(), why))
		return answer_error(c, MHD_HTTP_BAD_REQUEST, NULL, "%s", why);
	return inquire(r, c, INQUIRY_FIGURES, &q);
}

static enum MHD_Result
ask_history(struct request *r, struct MHD_Connection *c)
{
	struct query_history q;
	char why[QUERY_WHY_MAX];
	struct params p;

	params_of(c, &p);
	if (!query_history(&q, p.all, p.count, clock_wall_ms(), why))
		return answer_error(c, MHD_HTTP_BAD_REQUEST, NULL, "%s", why);
	r->inquiry = api_history(r->server->api, &q);
	return give(r, c, r->server->queries, &r->inquiry->errand);
}

static enum MHD_Result
ask_stream(struct request *r, struct MHD_Connection *c)
{
	const struct visit *v = &r->visit;
	struct watcher who = {.who = v->here ? 0 : ration_who_text(v->address),
	    .sessions = r->server->sessions,
	    .session = v->person.session};

	return r->is_head ? answer_stream_head(c)
			  : stream_answer(r->server->stream, c, &who);
}

/* ---- documents ---- */

static enum MHD_Result
answer_route(
    struct request *r, struct MHD_Connection *c, const struct route *route)
{
	unsigned status;

	if (route->ask != NULL)
		return route->ask(r, c);
	status = route->print(r->server->api, &r->out);
	return answer_text(c, status, route->type, &r->out);
}

static enum MHD_Result
answer_nothing_here(struct MHD_Connection *c)
{
	struct buf paths = {0};
	enum MHD_Result rc;

	buf_puts(&paths, "/, /wall, /login");
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		buf_printf(&paths, ", %s", routes[i].path);
	rc = answer_error(c, MHD_HTTP_NOT_FOUND, NULL,
	    "nothing is here; there are %s", paths.data);
	buf_free(&paths);
	return rc;
}

static enum MHD_Result
answer_path(struct request *r, struct MHD_Connection *c, const char *path)
{
	const struct asset *asset;

	for (size_t i = 0; i < ROUTE_COUNT; i++)
		if (strcmp(path, routes[i].path) == 0)
			return answer_route(r, c, &routes[i]);
	asset = asset_find(path);
	return asset != NULL ? answer_asset(c, asset) : answer_nothing_here(c);
}

/* ---- libmicrohttpd's side ---- */

static struct request *
request_new(struct server *s, const char *path)
{
	struct request *r = must_alloc(1, sizeof(*r));

	r->server = s;
	r->begun_ms = clock_mono_ms();
	r->is_order = order_path(&r->path, path);
	for (size_t i = 0; i < POST_COUNT; i++)
		if (strcmp(path, posts[i].path) == 0)
			r->post = &posts[i];
	return r;
}

/* What is not there needs a viewer, too: it is no stranger's business what
 * is. */
static enum need
need_of(const struct request *r, const char *path)
{
	if (r->post != NULL)
		return (enum need)r->post->need;
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		if (strcmp(path, routes[i].path) == 0)
			return (enum need)routes[i].need;
	return asset_find(path) != NULL ? NEED_NOTHING : NEED_VIEWER;
}

static enum MHD_Result
request_begin(struct request *r, struct MHD_Connection *c, const char *path,
    const char *method)
{
	struct judge_asked asked = {.method = method,
	    .verb = r->is_order ? r->path.verb : NULL,
	    .posts = r->is_order || r->post != NULL,
	    .need = (uint8_t)need_of(r, path)};
	struct refusal *no = &r->refusal;

	r->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	if (r->server->crowd != NULL)
		crowd_spoke(r->server->crowd, c);
	visit_read(&r->visit, r->server, c);
	if (judge_request(no, r->server, &r->visit, c, &asked) ||
	    (asked.posts && judge_hears_out(no, c)))
		return MHD_YES;
	return answer_error(c, no->status, no->allow, "%s", no->why);
}

enum MHD_Result
request_handle(void *server, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct request *r = *state;

	(void)version;
	if (r == NULL) {
		*state = r = request_new(server, path);
		return request_begin(r, c, path, method);
	}
	if (*upload_size > 0)
		return body_take(r, upload, upload_size);
	if (r->refusal.status != 0)
		return answer_error(c, r->refusal.status, r->refusal.allow,
		    "%s", r->refusal.why);
	if (r->given)
		return answer_given(r, c);
	if (r->post != NULL)
		return r->post->take(r, c);
	return r->is_order ? order_give(r, c) : answer_path(r, c, path);
}

void
request_completed(void *server, struct MHD_Connection *c, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct request *r = *state;
	struct server *s = server;

	(void)why;
	if (r == NULL)
		return;
	if (s->crowd != NULL)
		crowd_answered(s->crowd, c);
	inquiry_free(r->inquiry);
	login_free(r->login);
	if (r->post != NULL && r->body.data != NULL)
		explicit_bzero(r->body.data, r->body.len); /* a password */
	buf_free(&r->body);
	buf_free(&r->out);
	free(r);
	*state = NULL;
}

size_t
request_unescape(void *cls, struct MHD_Connection *c, char *text)
{
	(void)cls, (void)c;
	return strstr(text, "%00") != NULL ? strlen(text)
					   : MHD_http_unescape(text);
}
