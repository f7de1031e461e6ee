using System.Diagnostics.Metrics;
using Kalinka.Pub.Presence;
using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Pub;

/// <summary>What <c>/metrics</c> shows of presence.</summary>
internal static class PresenceMetrics
{
    private static readonly Dictionary<Ignored, string> Reasons = new()
    {
        [Ignored.Unrelated] = "unrelated",
        [Ignored.Malformed] = "malformed",
        [Ignored.Ambiguous] = "ambiguous",
        [Ignored.TakenOver] = "taken_over",
        [Ignored.TooLong] = "too_long",
        [Ignored.Outdated] = "outdated",
        [Ignored.Own] = "own",
    };

    public static void Add(Meter meter, PresenceStage presence)
    {
        var counters = presence.Counters;
        Total("events", "Events of brokers that told of a client", () => counters.Events);
        meter.CreateObservableCounter(
            "kalinka_pub_presence_ignored",
            () => Reasons.Select(each => Of(counters, each.Key, each.Value)),
            null,
            "Events that told nothing"
        );
        Total("written", "Client entries written", () => counters.Written);
        Total("marked", "Client entries marked as left", () => counters.Marked);
        Total("removed", "Client entries removed because the client left", () => counters.Removed);
        Total("swept", "Client entries removed after KeepOffline", () => counters.Swept);
        Total("capped", "New clients beyond the rate or the number allowed", () => counters.Capped);
        Total("deferred", "Sightings left to a later message", () => counters.Deferred);
        Total("lost", "Events lost because too many waited", () => counters.Lost);
        Total("contended", "Sightings given up because others kept changing the entry", () => counters.Contended);
        Total("unplaceable", "Sightings of clients that no entry can name", () => counters.Unplaceable);
        Total("broker_restarts", "Restarts of brokers that were noticed", () => counters.Restarts);
        Gauge("pending", "Sightings that wait to be written", () => presence.Pending.Count);
        Gauge("connected", "Clients connected by what brokers told this instance", () => presence.Connected);
        Gauge("silent_brokers", "Brokers that were asked and told of no client", () => presence.Silent);

        void Total(string name, string description, Func<long> value) =>
            meter.CreateObservableCounter($"kalinka_pub_presence_{name}", value, null, description);

        void Gauge(string name, string description, Func<long> value) =>
            meter.CreateObservableGauge($"kalinka_pub_presence_{name}", value, null, description);
    }

    private static Measurement<long> Of(PresenceCounters counters, Ignored reason, string name) =>
        new(counters.IgnoredFor(reason), new KeyValuePair<string, object?>("reason", name));
}
