using System.Diagnostics.Metrics;
using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>The brokers of the roster, each with its link while it is in service, as they come and go.</summary>
/// <param name="newLink">Makes the link of a broker that has come.</param>
internal sealed class BrokerLinks(
    SubOptions options,
    Stages stages,
    Func<BrokerSession, BrokerOptions, SessionLink> newLink,
    TimeProvider time
)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private readonly RosteredBrokers<LinkedBroker> _brokers = new(
        [
            .. options.Mqtt.Brokers.Zip(
                stages.Configured,
                (broker, session) =>
                    new LinkedBroker(
                        new RosterEntry(
                            broker,
                            options.Delivery.IsPartitioned ? RosterState.Elsewhere : RosterState.InService,
                            Announced: false
                        ),
                        session,
                        stages,
                        newLink,
                        options.Delivery.BrokerWait,
                        time
                    )
            ),
        ],
        entry => new LinkedBroker(entry, null, stages, newLink, options.Delivery.BrokerWait, time)
    );

    /// <summary>The configured ones first. Any thread.</summary>
    public IReadOnlyList<LinkedBroker> All => _brokers.All;

    /// <summary>Keeps the brokers connected until cancelled, then disconnects them.</summary>
    /// <param name="follow">Tells the changes until cancelled.</param>
    public Task RunAsync(Func<Action<RosterChange>, CancellationToken, Task> follow, CancellationToken stopping) =>
        _brokers.RunAsync(follow, stopping);

    /// <summary>Completes when none of these brokers is connected any more, or is about to be.</summary>
    public async Task RestingAsync(IReadOnlyCollection<string> names, CancellationToken stopping)
    {
        while (All.Any(broker => !broker.IsResting && names.Contains(broker.Entry.Name)))
        {
            await Task.Delay(LookAgain, time, stopping);
        }
    }

    public void Register(Meter meter)
    {
        meter.CreateObservableCounter(
            "kalinka_sub_broker_published",
            () => Measure(broker => broker.Session?.Published ?? 0)
        );
        meter.CreateObservableGauge(
            "kalinka_sub_broker_connected",
            () => Measure(broker => broker.State == LinkedBroker.Connected ? 1 : 0)
        );
        meter.CreateObservableGauge("kalinka_sub_broker_held", () => Measure(broker => broker.Entry.Held ? 1 : 0));
        meter.CreateObservableGauge("kalinka_sub_broker_backlog", () => Measure(Backlog));
    }

    private long Backlog(LinkedBroker broker) => stages.Backlog.Of(broker.Entry.Partition)?.Records ?? 0;

    private IEnumerable<Measurement<long>> Measure(Func<LinkedBroker, long> value) =>
        All.Select(broker => new Measurement<long>(
            value(broker),
            new KeyValuePair<string, object?>("broker", broker.Entry.Name)
        ));
}
