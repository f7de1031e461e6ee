using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>
/// Retires the sessions that no configuration has any more: fewer seats, another prefix of the Client Identifiers. Who
/// holds seat 0 of a broker does it there, one session after the other, and only while all instances are configured alike.
/// </summary>
internal sealed class SessionRetirer(
    SeatTable seats,
    SeatBuilder builder,
    ZnodeSeats znodes,
    SessionRecords records,
    TimeSpan settle,
    TimeProvider time,
    ILogger logger
)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    private readonly SessionEnding _ending = new(builder, records, logger);

    // By the seats, not the name: a broker that came back, perhaps elsewhere, is another.
    private readonly Dictionary<BrokerSeats, Retirement> _running = [];
    private readonly Dictionary<BrokerSeats, long> _lookedAt = [];
    private long _retired;

    /// <summary>Sessions that this process has ended.</summary>
    public long Retired => Interlocked.Read(ref _retired);

    /// <summary>Until cancelled; what is under way is given up then, and nothing of it is lost.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                var brokers = seats.Brokers;
                await LeaveAllButAsync(brokers);
                foreach (var broker in brokers)
                {
                    await LookAsync(broker, stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }

        foreach (var retirement in _running.Values)
        {
            await retirement.GiveUpAsync();
        }
    }

    // Who has no seats at a broker any more ends no sessions there: others may be at it.
    private async Task LeaveAllButAsync(IReadOnlyList<BrokerSeats> brokers)
    {
        foreach (var gone in _running.Keys.Except(brokers).ToList())
        {
            await _running[gone].GiveUpAsync();
            _running.Remove(gone);
        }

        foreach (var gone in _lookedAt.Keys.Except(brokers).ToList())
        {
            _lookedAt.Remove(gone);
        }
    }

    private async Task LookAsync(BrokerSeats broker, CancellationToken stopping)
    {
        var allowed = IsAllowed(broker);
        if (_running.TryGetValue(broker, out var retirement) && (retirement.Ended || !allowed))
        {
            await retirement.GiveUpAsync();
            _running.Remove(broker);
            _lookedAt[broker] = time.GetTimestamp();
        }
        else if (retirement is null && allowed && IsDue(broker))
        {
            await BeginAsync(broker, stopping);
        }
    }

    private bool IsDue(BrokerSeats broker) =>
        !_lookedAt.TryGetValue(broker, out var at) || time.GetElapsedTime(at) >= LookAgain;

    private bool IsAllowed(BrokerSeats broker) =>
        broker.Seats[0] is { Session.Subscribed: true, Claim: ZnodeSeatClaim { Holding.Confirmed: true } }
        && znodes.Instances is { Known: true, ConfiguredAlike: true } instances
        && time.GetElapsedTime(instances.ChangedAt) >= settle;

    private async Task BeginAsync(BrokerSeats broker, CancellationToken stopping)
    {
        try
        {
            var name = broker.Broker.Name;
            List<string> configured =
            [
                .. broker.Seats.Select(seat => builder.ClientIdOf(broker.Broker, seat.Claim.Number)),
            ];
            var beyond = (await znodes.HeldSeatsAsync(name, stopping)).Where(seat => seat >= broker.Seats.Count);
            var sessions = await records.ListAsync(name, stopping);
            List<string> unused = [.. RetirementRules.Unused(sessions, configured, beyond.ToHashSet())];
            if (unused.Count > 0)
            {
                _running.Add(broker, new Retirement(token => RetireAsync(broker.Broker, unused, token), stopping));
            }
            else
            {
                _lookedAt[broker] = time.GetTimestamp();
            }
        }
        catch (ZooKeeperException)
        {
            // The next look tells.
        }
    }

    private async Task RetireAsync(
        BrokerOptions broker,
        IEnumerable<string> clientIds,
        CancellationToken cancellationToken
    )
    {
        foreach (var clientId in clientIds)
        {
            try
            {
                if (await _ending.EndAsync(broker, clientId, cancellationToken))
                {
                    Interlocked.Increment(ref _retired);
                }
            }
            catch (Exception exception) when (exception is MqttException or ZooKeeperException)
            {
                logger.LogWarning(
                    "{Broker}: session {ClientId} is not retired yet: {Reason}",
                    broker.Name,
                    clientId,
                    exception.Message
                );
            }
        }
    }

    /// <summary>The sessions of one broker on their way out.</summary>
    private sealed class Retirement
    {
        private readonly CancellationTokenSource _giveUp;
        private readonly Task _running;

        public Retirement(Func<CancellationToken, Task> retire, CancellationToken stopping)
        {
            _giveUp = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _running = retire(_giveUp.Token);
        }

        public bool Ended => _running.IsCompleted;

        public async Task GiveUpAsync()
        {
            await _giveUp.CancelAsync();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _giveUp.Dispose();
        }
    }
}
