using System.Diagnostics.Metrics;
using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>
/// The brokers of the roster, each with its link while it is in service, as they come and go. Changes come one after the
/// other; what is shown may be read by any thread.
/// </summary>
/// <param name="newLink">Makes the link of a broker that has come.</param>
internal sealed class BrokerLinks(
    SubOptions options,
    Stages stages,
    Func<BrokerSession, BrokerOptions, SessionLink> newLink,
    TimeProvider time
)
{
    private readonly Dictionary<string, Task> _running = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Replaced by whoever tells the changes, read by any thread.
    private volatile IReadOnlyList<LinkedBroker> _all =
    [
        .. options.Mqtt.Brokers.Zip(
            stages.Configured,
            (broker, session) =>
                new LinkedBroker(
                    new RosterEntry(broker, RosterState.InService, Announced: false),
                    session,
                    stages,
                    newLink,
                    options.Delivery.BrokerWait,
                    time
                )
        ),
    ];

    /// <summary>The configured ones first.</summary>
    public IReadOnlyList<LinkedBroker> All => _all;

    /// <summary>Keeps the brokers connected until cancelled, then disconnects them.</summary>
    /// <param name="follow">Tells the changes until cancelled.</param>
    public async Task RunAsync(Func<Action<RosterChange>, CancellationToken, Task> follow, CancellationToken stopping)
    {
        foreach (var broker in _all)
        {
            Run(broker, stopping);
        }

        await await Task.WhenAny(follow(change => Apply(change, stopping), stopping), _failed.Task);
        await Task.WhenAll(_running.Values);
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
    }

    private void Apply(RosterChange change, CancellationToken stopping)
    {
        var entry = change.Entry;
        var known = _all.FirstOrDefault(broker => broker.Entry.Name == entry.Name);
        if (change.Kind == RosterChangeKind.Removed)
        {
            _all = [.. _all.Where(broker => broker != known)];
            known?.Want(null);
        }
        else if (known is not null)
        {
            known.Want(entry);
        }
        else
        {
            var broker = new LinkedBroker(entry, null, stages, newLink, options.Delivery.BrokerWait, time);
            _all = [.. _all, broker];
            Run(broker, stopping);
            ForgetEnded();
        }
    }

    private void Run(LinkedBroker broker, CancellationToken stopping)
    {
        // One of this name that was withdrawn just now comes to its end first: they share the session.
        var before = _running.GetValueOrDefault(broker.Entry.Name) ?? Task.CompletedTask;
        _running[broker.Entry.Name] = RunAsync(before, broker, stopping);
    }

    private async Task RunAsync(Task before, LinkedBroker broker, CancellationToken stopping)
    {
        try
        {
            await before;
            await broker.RunAsync(stopping);
        }
        catch (Exception exception)
        {
            _failed.TrySetException(exception);
            throw;
        }
    }

    private void ForgetEnded()
    {
        foreach (var (name, _) in _running.Where(each => each.Value.IsCompletedSuccessfully).ToList())
        {
            _running.Remove(name);
        }
    }

    private IEnumerable<Measurement<long>> Measure(Func<LinkedBroker, long> value) =>
        _all.Select(broker => new Measurement<long>(
            value(broker),
            new KeyValuePair<string, object?>("broker", broker.Entry.Name)
        ));
}
