/** Every limit that users meet or that bounds memory, with its source. Units are in the names. */

/** A single call, after decompression. Segment: 32 KB (protocol section 3.3). */
export const callBytesMax = 32_768;
/** A batch call, after decompression. Segment: 500 KB; libraries fill up to 512,000 (section 1.7). */
export const batchBytesMax = 512_000;
/** Items of one batch; above that all are refused (section 3.3). */
export const batchItemsMax = 2_500;
/** Nesting of a call's JSON, so that no recursive reader of an event overflows its stack. */
export const jsonDepthMax = 1_000;

/** Endpoints of one destination (Webhooks integration, fact 5). */
export const endpointsMax = 5;
/** An endpoint's URL, as most servers and proxies take it. */
export const endpointUrlCharsMax = 2_048;
/** Static headers of one endpoint, and their size together. */
export const endpointHeadersMax = 64;
export const endpointHeaderBytesMax = 8_192;
/** Sources, and destinations, that one configuration file may declare. */
export const declaredMax = 10_000;

/** How long a message id is remembered, and how many at most: whichever is less (section 4.2: at least 24 h). */
export const dedupeMs = 24 * 60 * 60 * 1000;
export const dedupeKeysMax = 2_000_000;

/**
 * A segment of the embedded log ends at this size or this long after it was begun, whichever comes first. Pruning
 * forgets whole segments, so this is also how much longer than its retention an event can stay.
 */
export const segmentBytesMax = 256 * 1024 * 1024;
export const segmentMs = 60 * 60 * 1000;

/** What retention may ask for: nothing goes before it had a chance to be delivered, and times stay safe integers. */
export const retentionMsMin = 60 * 60 * 1000;
export const retentionMsMax = 10 * 365 * 24 * 60 * 60 * 1000;
/**
 * What a size may be. The segments of a log with a size are a quarter of it, if that is less than `segmentBytesMax`, so
 * that at least three quarters are kept; of the least size they are 16 MiB. Beginning one takes the writer 11 ms, which
 * is why they are not smaller still. The least of a history has two million plain successes, the least of refused calls
 * the samples of 1,800 calls.
 */
export const logSegmentsMin = 4;
export const logBytesMin = 64 * 1024 * 1024;
export const historyBytesMin = 64 * 1024 * 1024;
export const refusedBytesMin = 8 * 1024 * 1024;
export const retentionBytesMax = 1024 ** 5;
/** How old a waiting event may be before its destination lags: above what any retry within a minute takes. */
export const lagMsMin = 10_000;
export const lagMsMax = retentionMsMax;
/** Free disk that can be kept for settling and pruning. */
export const reserveBytesMax = 1024 ** 4;

/** Of bodies that are being read, over all connections of a thread: 128 of the largest at once. Beyond it a call is `log_busy`. */
export const readingBytesMax = 64 * 1024 * 1024;

/** What may wait for the log's next write, in characters of bodies: beyond it `append` says `log_busy`. */
export const appendCharsMax = 64 * 1024 * 1024;

/** How far past its floor a lane may take events. */
export const windowEventsMax = 4_096;
export const windowCharsMax = 16 * 1024 * 1024;
/** Deliveries of one lane that may wait as rows for earlier ones of their user: about 60 bytes each on disk. */
export const behindMax = 1_000_000;
/**
 * Events that a lane may take before an older backlog is through: after a restart each of them is a number that is kept
 * until the backlog has been read past it, about 50 bytes.
 */
export const aheadMax = 250_000;
/** Times that an event is found in flight after a crash before it is dead with `process_crashed`. */
export const crashesMax = 3;

/** What is read of an endpoint's response: kept as the excerpt, and read at all so that the connection can be reused. */
export const excerptBytesMax = 1_024;
export const responseBytesMax = 65_536;
/**
 * Whatever else is read of a connection for one exchange, so that nothing that HTTP leaves without a limit (status lines,
 * interim responses, chunk extensions, trailers) keeps us reading until the deadline. Room for `responseBytesMax` in
 * chunks of one byte, which take six, with all headers there may be.
 */
export const answerBytesMax = 524_288;
/** Names and values of a response's headers together, as in Node's own server. */
export const responseHeaderBytesMax = 16_384;

/** Of what was refused, a sample shows this much. */
export const refusedSampleBytesMax = 4_096;
/** Samples kept of one source and reason, of one source in all, and altogether: 10,000 are about 45 MiB on disk. */
export const refusedSamplesPerReasonMax = 100;
export const refusedSamplesPerSourceMax = 1_000;
export const refusedSamplesMax = 10_000;
/** Rows of counts, one for each minute, source, reason and type: about 60 MiB on disk. */
export const refusedCountsMax = 1_000_000;

/** A configuration file: room for `declaredMax` sources and destinations at about 500 bytes each. */
export const configFileBytesMax = 10 * 1024 * 1024;
/** A file that a configuration refers to (`${file:PATH}`): a key or a token, not a document. */
export const referredFileBytesMax = 64 * 1024;
/** Write keys of one source: a few that are being replaced, and one for each app or team that wants its own. */
export const writeKeysMax = 100;
/** Names of sources, destinations and write keys: what fits a line of a table. */
export const nameCharsMax = 200;
/** Characters of a write key. Segment's have 32 (protocol section 1.2). */
export const writeKeyCharsMax = 256;
/** How long both secrets sign while one replaces the other: a day, so that somebody is at work meanwhile. */
export const rotationMs = 24 * 60 * 60 * 1000;
/** What a destination's delivery policy may ask for: a wait is a day at most, an attempt a minute. */
export const policyLimits = {
  retriesMax: 20,
  backoffWaitsMax: 20,
  backoffWaitMsMax: 24 * 60 * 60 * 1000,
  timeoutMsMin: 100,
  timeoutMsMax: 60_000,
  concurrencyMax: 1_000,
  rateLimitPerSecondMin: 0.1,
  rateLimitPerSecondMax: 10_000,
  batchEventsMax: 1_000,
  /** Room for the largest single call with what it gains on its way, twice; and twice what a library sends at once. */
  batchBytesMin: 65_536,
  batchBytesMax: 1_048_576,
  batchWaitMsMax: 60_000,
  /** Names that a filter may list. */
  filterNamesMax: 200,
  filterNameCharsMax: 1_000,
} as const;
/** What all attempts in flight together may be: how many, and how many characters of bodies they hold. */
export const attemptsInFlightMax = 4_096;
export const attemptCharsMax = 256 * 1024 * 1024;
/** How long an endpoint may ask to be left alone with `Retry-After`: what asks for more is cut to it. */
export const retryAfterMsMax = 60 * 60 * 1000;
/** How long attempts in flight may take after SIGTERM: longer than any `timeoutMs` has no use, more is for margins. */
export const drainMsMax = 600_000;
/** Threads that send, 16 MiB each without a request: far fewer are more than the one that schedules keeps busy. */
export const deliveryThreadsMax = 16;
/** Threads that answer calls, 30 MiB each without one: far fewer are more than the one that stores keeps busy. */
export const httpThreadsMax = 16;

/** Ranges of reverse proxies: a large CDN publishes a few hundred. Each request asks for its peer's among them. */
export const trustedProxiesMax = 1_000;
/** A header's list of addresses is read from its end, where the nearest proxy writes: no real chain is longer. */
export const forwardedHopsMax = 32;
/** A certificate with its chain, or a key: a few KiB each. */
export const pemFileBytesMax = 1_048_576;

/** Request bins: how many, how much each keeps, all of them together, and for how long. What is oldest goes first. */
export const binsMax = 100;
export const binRequestsMax = 500;
export const binRequestBytesMax = 1_048_576;
export const binsBytesMax = 64 * 1024 * 1024;
export const binRequestAgeMs = 24 * 3_600_000;
/** Bodies on one page of a list: it ends before there are more of them. */
export const binPageBytesMax = 8 * 1024 * 1024;
/** A body that the live stream of a bin tells; of a larger one it tells that there is one. */
export const binStreamBodyBytesMax = 64 * 1024;

/** What a bin may be scripted to answer. */
export const binStepsMax = 20;
export const binStepTimesMax = 1_000_000;
/** Of all its steps, as JSON. */
export const binScriptCharsMax = 128 * 1024;
/** Of a script in the audit trail: the rest of a longer one says nothing more. */
export const binScriptNotedCharsMax = 2_048;
export const binDelayMsMax = 5 * 60_000;
export const binAnswerBodyCharsMax = 64 * 1024;
export const binAnswerHeadersMax = 20;
export const binAnswerHeaderCharsMax = 1_024;
/** Requests whose answer a bin holds back: the one that waited longest is reset for one more. */
export const binWaitingMax = 512;
/** Beyond every timeout of a destination. */
export const binHangMsMax = 10 * 60_000;
/** Programs that listen (`sluice listen`), and the part of what they say of an answer that is looked at. */
export const listenersMax = 100;
export const carriedBodyCharsMax = 64 * 1024;

/** Who reads bins live, all together. */
export const binReadersMax = 100;

/** People who are suppressed: 22 characters each, about 80 MB of memory. */
export const suppressedMax = 1_000_000;
/** Erasures that wait for their turn, and those that are remembered: the oldest finished ones go first. */
export const erasuresOpenMax = 10_000;
export const erasuresKeptMax = 100_000;
/** Erased events that are remembered in memory, so that what was read before is not sent after: about 10 MB. */
export const erasedRememberedMax = 262_144;

/** Compressed scripts for browsers that are kept, one for each write key and encoding: about 8 MiB. */
export const encodedBodiesMax = 256;

/** Sources, and destinations, that have metrics of their own; all beyond share one label. */
export const labelledMax = 1_000;

/** Body of a request of the management API. */
export const managementBytesMax = 1_048_576;

/** Tests of destinations under way: each asks up to five endpoints, beside the gates and their limits. */
export const testsAtOnceMax = 4;

/** Alerts that are over and still listed: a bad night of all destinations, or months of good ones. */
export const endedAlertsMax = 200;

/** Replays that have not ended: each has lanes of its own, and is looked at twice a second. */
export const replaysAtOnceMax = 16;
/** Replays that are kept once they have ended. */
export const replaysKeptMax = 1_000;
/** Ids of events that one replay may name. */
export const replayIdsMax = 1_000;
/** Events of a replay whose events are looked for one by one, 8 bytes each. */
export const replayEventsMax = 1_000_000;
/** Of `ratePerSecond` of a replay. */
export const replayRateMin = 0.1;
export const replayRateMax = 10_000;

/** Dead deliveries that one request has tried again: a second's work for the store. */
export const deliveriesRetriedMax = 10_000;

/** An id that somebody is erased by: none that libraries make is nearly as long, and records of erasures hold it. */
export const personIdCharsMax = 1_000;

/** Entries of the audit trail. One holds what was changed before and after, about 2 KiB: 200 MiB at most, as a rule. */
export const auditEntriesMax = 100_000;
/** Programs that read the live stream at once. Each holds at most `streamWaitingBytesMax` that it has not taken. */
export const streamReadersMax = 200;
/**
 * What one reader of the live stream is told: more is counted and left out, since nobody reads it, and it would cost
 * whoever sends. A burst is told whole where it was quiet before.
 */
export const streamEventsPerSecondMax = 50;
export const streamEventsBurstMax = 1_000;
export const streamAttemptsPerSecondMax = 50;
export const streamAttemptsBurstMax = 1_000;
export const streamCharsPerSecondMax = 128 * 1024;
export const streamCharsBurstMax = 1024 * 1024;
/** Refused calls of which all readers together are shown a sample, which takes up to a tenth of a millisecond to make. */
export const streamRefusedPerSecondMax = 20;
export const streamRefusedBurstMax = 100;
/** Attempts that one thread tells another for all readers together. */
export const streamAttemptsTotalPerSecondMax = 300;
export const streamAttemptsTotalBurstMax = 2_000;
/** What a reader may not have taken yet; beyond it, it is told nothing until it has, and is cut off after that long. */
export const streamWaitingBytesMax = 1024 * 1024;
export const streamStuckMs = 30_000;
/**
 * What was told is kept for readers that come back: as long, as many messages, and as many characters for each set of
 * filters and for all.
 */
export const streamKeptMs = 60_000;
export const streamKeptMax = 4_096;
export const streamKeptCharsMax = 2 * 1024 * 1024;
export const streamKeptCharsTotalMax = 32 * 1024 * 1024;

/**
 * Successes whose exchange is kept because somebody watches, at one endpoint and altogether: about a kilobyte each in
 * the history, and so at most 0.9 GB a day, and 9 GB, of a page that is never closed.
 */
export const watchedKeptPerSecondMax = 10;
export const watchedKeptBurstMax = 100;
export const watchedKeptTotalPerSecondMax = 100;
export const watchedKeptTotalBurstMax = 1_000;

/** API tokens of one installation, all of which are in memory: about 300 bytes each. */
export const apiTokensMax = 1_000;
export const apiTokenNameCharsMax = 100;
/** Sessions that one token may have at a time, so that they are bounded: the oldest ends when another begins. */
export const sessionsPerTokenMax = 100;
/** A session ends when it was not used for a working day with its evening, and after a week in any case. */
export const sessionIdleMs = 12 * 60 * 60 * 1000;
export const sessionMs = 7 * 24 * 60 * 60 * 1000;
/** Written at most so often: when tokens and sessions were last used. */
export const lastUseMs = 60_000;
