using Kalinka.Common.Hosting;
using Kalinka.Common.Instances;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Seats;

namespace Kalinka.Pub;

/// <summary>
/// Which brokers this instance can serve, for the others to know. Where it holds no seat it looks at the broker every 10 s.
/// </summary>
internal sealed class ReachWatch(
    PubOptions options,
    SeatTable seats,
    TopicCatalog catalog,
    BrokerLook looker,
    TimeProvider time
)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstLooksWithin = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Of the running loop.
    private readonly Dictionary<BrokerSeats, BrokerReach> _reach = [];
    private readonly Dictionary<BrokerSeats, Task<bool>> _looks = [];

    // Written by the running loop, read by any thread.
    private volatile IReadOnlyList<string> _able = [];
    private volatile IReadOnlyList<string> _unable = [];

    /// <summary>
    /// Completes when there is something to tell: Kafka has answered, and every broker or not, or 2 s have passed. An
    /// instance that shows itself before would be passed over when those that start with it share the seats.
    /// </summary>
    public Task Looked => _looked.Task;

    /// <summary>What is told to the others. Any thread.</summary>
    public InstanceReport Report() =>
        new(ProductVersion.Text, options.ConfigurationHash, catalog.Reachable, _able)
        {
            BrokersUnable = _unable is { Count: > 0 } unable ? unable : null,
        };

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            Note(stopping);
            await FirstLooksAsync(stopping);
            _looked.SetResult();
            do
            {
                Note(stopping);
            } while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }

        await ((Task)Task.WhenAll(_looks.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task FirstLooksAsync(CancellationToken stopping)
    {
        try
        {
            var answers = Task.WhenAll([catalog.Loaded, .. _looks.Values]);
            await answers.WaitAsync(FirstLooksWithin, time, stopping);
        }
        catch (TimeoutException)
        {
            // What is not known is not told.
        }
    }

    private void Note(CancellationToken stopping)
    {
        var brokers = seats.Brokers;
        foreach (var gone in _reach.Keys.Except(brokers).ToList())
        {
            _reach.Remove(gone);
        }

        foreach (
            var gone in _looks.Where(look => look.Value.IsCompleted).Select(look => look.Key).Except(brokers).ToList()
        )
        {
            _looks.Remove(gone);
        }

        foreach (var broker in brokers)
        {
            Note(broker, stopping);
        }

        _able = [.. _reach.Where(of => of.Value.Able).Select(of => of.Key.Broker.Name)];
        _unable = [.. _reach.Where(of => of.Value.Unable).Select(of => of.Key.Broker.Name)];
    }

    private void Note(BrokerSeats broker, CancellationToken stopping)
    {
        if (!_reach.TryGetValue(broker, out var reach))
        {
            _reach.Add(broker, reach = new BrokerReach(time));
        }

        if (_looks.TryGetValue(broker, out var look) && look.IsCompleted)
        {
            _looks.Remove(broker);
            reach.Look(look is { IsCompletedSuccessfully: true, Result: true });
        }

        reach.Note(
            catalog.Reachable,
            holding: broker.Seats.Any(seat => seat.Claim.Held),
            serving: broker.Seats.Any(seat => seat.Session.Subscribed)
        );
        if (reach.WantsLook && !_looks.ContainsKey(broker))
        {
            _looks.Add(broker, LookAsync(broker.Broker, stopping));
        }
    }

    private Task<bool> LookAsync(BrokerOptions broker, CancellationToken stopping) =>
        looker.ReachesAsync(
            new MqttConnectOptions(
                broker,
                $"{options.Mqtt.ClientId}-{broker.Name}-look-{options.Instance}",
                CleanStart: true,
                SessionExpiry: TimeSpan.Zero,
                options.Mqtt.ReceiveMaximum,
                options.Mqtt.KeepAlive,
                LookWithin
            ),
            stopping
        );
}
