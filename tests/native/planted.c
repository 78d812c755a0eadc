/* A CLAP bundle of plugins with planted faults: each test's detector must catch its own. The fault is the end of the
 * plugin's id: planted.none, planted.malloc, planted.lock, planted.open, planted.write, planted.sleep, planted.jump,
 * planted.overrun, planted.nan, planted.subnormal, planted.late. All pass stereo sound times one parameter, Gain. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct version { uint32_t major, minor, revision; };
struct descriptor {
    struct version version;
    const char *id, *name, *vendor, *url, *manual_url, *support_url, *plugin_version, *description;
    const char *const *features;
};
struct buffer { float **data32; double **data64; uint32_t channels, latency; uint64_t constant_mask; };
struct header { uint32_t size, time; uint16_t space, type; uint32_t flags; };
struct param_value { struct header header; uint32_t id; void *cookie; int32_t note; int16_t port, channel, key; double value; };
struct in_events {
    void *context;
    uint32_t (*size)(const struct in_events *);
    const struct header *(*get)(const struct in_events *, uint32_t);
};
struct process {
    int64_t steady_time; uint32_t frames; const void *transport;
    const struct buffer *inputs; struct buffer *outputs; uint32_t input_count, output_count;
    const struct in_events *in_events; const void *out_events;
};
struct plugin {
    const struct descriptor *descriptor; void *data;
    bool (*init)(const struct plugin *); void (*destroy)(const struct plugin *);
    bool (*activate)(const struct plugin *, double, uint32_t, uint32_t); void (*deactivate)(const struct plugin *);
    bool (*start)(const struct plugin *); void (*stop)(const struct plugin *); void (*reset)(const struct plugin *);
    int32_t (*process)(const struct plugin *, const struct process *);
    const void *(*extension)(const struct plugin *, const char *); void (*on_main_thread)(const struct plugin *);
};
struct factory {
    uint32_t (*count)(const struct factory *);
    const struct descriptor *(*describe)(const struct factory *, uint32_t);
    const struct plugin *(*create)(const struct factory *, const void *host, const char *id);
};
struct port { uint32_t id; char name[256]; uint32_t flags, channels; const char *type; uint32_t in_place_pair; };
struct ports {
    uint32_t (*count)(const struct plugin *, bool);
    bool (*get)(const struct plugin *, uint32_t, bool, struct port *);
};
struct param { uint32_t id, flags; void *cookie; char name[256], module[1024]; double min, max, initial; };
struct params {
    uint32_t (*count)(const struct plugin *);
    bool (*info)(const struct plugin *, uint32_t, struct param *);
    bool (*value)(const struct plugin *, uint32_t, double *);
    bool (*to_text)(const struct plugin *, uint32_t, double, char *, uint32_t);
    bool (*from_text)(const struct plugin *, uint32_t, const char *, double *);
    void (*flush)(const struct plugin *, const struct in_events *, const void *);
};
struct latency { uint32_t (*get)(const struct plugin *); };
struct state { float gain; float late[2]; pthread_mutex_t mutex; };

#define FAULTS 11
static const char *const faults[FAULTS] = {"none", "malloc", "lock", "open", "write", "sleep", "jump", "overrun", "nan", "subnormal", "late"};
static char ids[FAULTS][64];
static const char *const features[] = {"audio-effect", NULL};
static struct descriptor descriptors[FAULTS];
static void *volatile kept;

static bool is(const struct plugin *p, const char *fault) { return strcmp(strchr(p->descriptor->id, '.') + 1, fault) == 0; }
static bool yes(const struct plugin *p) { (void)p; return true; }
static void nothing(const struct plugin *p) { (void)p; }
static void destroy(const struct plugin *p) { free(p->data); free((void *)p); }
static bool activate(const struct plugin *p, double rate, uint32_t least, uint32_t most) { (void)p; (void)rate; (void)least; (void)most; return true; }

static void misbehave(const struct plugin *p) {
    struct state *s = p->data;
    if (is(p, "malloc")) { kept = malloc(100); free(kept); }
    if (is(p, "lock")) { pthread_mutex_lock(&s->mutex); pthread_mutex_unlock(&s->mutex); }
    if (is(p, "open")) { int f = open("/dev/null", O_RDONLY); if (f >= 0) close(f); }
    if (is(p, "write") && write(-1, "", 0) > 0) return;
    if (is(p, "sleep")) { struct timespec t = {0, 1000}; nanosleep(&t, NULL); }
}

static int32_t process(const struct plugin *p, const struct process *job) {
    struct state *s = p->data;
    misbehave(p);
    uint32_t next = 0, events = job->in_events->size(job->in_events);
    for (uint32_t n = 0; n < job->frames; n++) {
        for (; next < events; next++) {
            const struct header *h = job->in_events->get(job->in_events, next);
            if (h->time > n) break;
            if (h->space == 0 && h->type == 5) s->gain = (float)((const struct param_value *)h)->value;
        }
        for (uint32_t c = 0; c < job->outputs[0].channels; c++) {
            float sample = job->inputs[0].data32[c][n] * s->gain;
            if (is(p, "late")) { float now = sample; sample = s->late[c]; s->late[c] = now; }
            if (is(p, "nan") && n == 0) sample = NAN;
            if (is(p, "subnormal") && n == 0) sample = 1e-40f;
            job->outputs[0].data32[c][n] = sample;
        }
    }
    if (is(p, "overrun")) job->outputs[0].data32[0][job->frames] = 0;
    return 1;
}

static uint32_t port_count(const struct plugin *p, bool input) { (void)p; (void)input; return 1; }
static bool port_get(const struct plugin *p, uint32_t index, bool input, struct port *out) {
    (void)p; (void)input;
    memset(out, 0, sizeof *out);
    strcpy(out->name, "main");
    out->flags = 1;
    out->channels = 2;
    out->type = "stereo";
    out->in_place_pair = UINT32_MAX;
    return index == 0;
}
static const struct ports ports = {port_count, port_get};

static uint32_t param_count(const struct plugin *p) { (void)p; return 1; }
static bool param_info(const struct plugin *p, uint32_t index, struct param *out) {
    (void)p;
    memset(out, 0, sizeof *out);
    out->id = 1;
    out->flags = 1 << 5;
    strcpy(out->name, "Gain");
    out->max = out->initial = 1;
    return index == 0;
}
static bool param_value(const struct plugin *p, uint32_t id, double *out) { *out = ((struct state *)p->data)->gain; return id == 1; }
static bool to_text(const struct plugin *p, uint32_t id, double value, char *out, uint32_t size) { (void)p; return snprintf(out, size, "%g", value) > 0 && id == 1; }
static bool from_text(const struct plugin *p, uint32_t id, const char *text, double *out) { (void)p; *out = atof(text); return id == 1; }
static void flush(const struct plugin *p, const struct in_events *in, const void *out) { (void)p; (void)in; (void)out; }
static const struct params params = {param_count, param_info, param_value, to_text, from_text, flush};

static uint32_t latency_get(const struct plugin *p) { (void)p; return 0; }
static const struct latency latency = {latency_get};

static const void *extension(const struct plugin *p, const char *id) {
    (void)p;
    if (strcmp(id, "clap.audio-ports") == 0) return &ports;
    if (strcmp(id, "clap.params") == 0) return &params;
    if (strcmp(id, "clap.latency") == 0) return &latency;
    return NULL;
}

static uint32_t count(const struct factory *f) { (void)f; return FAULTS; }
static const struct descriptor *describe(const struct factory *f, uint32_t index) { (void)f; return index < FAULTS ? &descriptors[index] : NULL; }
static const struct plugin *create(const struct factory *f, const void *host, const char *id) {
    (void)f; (void)host;
    for (int i = 0; i < FAULTS; i++) {
        if (strcmp(id, ids[i]) != 0) continue;
        struct state *s = calloc(1, sizeof *s);
        struct plugin *p = calloc(1, sizeof *p);
        pthread_mutex_init(&s->mutex, NULL);
        s->gain = 1;
        *p = (struct plugin){&descriptors[i], s, yes, destroy, activate, nothing, yes, nothing, nothing, process, extension, nothing};
        return p;
    }
    return NULL;
}
static const struct factory factory = {count, describe, create};

static bool init(const char *path) {
    (void)path;
    for (int i = 0; i < FAULTS; i++) {
        snprintf(ids[i], sizeof ids[i], "planted.%s", faults[i]);
        descriptors[i] = (struct descriptor){{1, 2, 0}, ids[i], faults[i], "tests", "", "", "", "1", "", features};
    }
    return true;
}
static void deinit(void) {}
static const void *get_factory(const char *id) { return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL; }

__attribute__((visibility("default"))) const struct {
    struct version version; bool (*init)(const char *); void (*deinit)(void); const void *(*get_factory)(const char *);
} clap_entry = {{1, 2, 0}, init, deinit, get_factory};
