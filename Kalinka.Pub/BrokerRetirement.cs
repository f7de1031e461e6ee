using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>
/// Brings every MQTT session at a retired broker to its end. All instances are at it at once; who has the seat of a
/// session retires it, so that no two meet in one session, nor with an instance that does not know yet.
/// </summary>
internal sealed class BrokerRetirement(
    ZnodeSeats znodes,
    SessionRecords records,
    SessionEnding ending,
    TimeProvider time,
    ILogger<BrokerRetirement> logger
)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookWhenDone = TimeSpan.FromSeconds(5);

    // Longer than a seat that is free is left to others.
    private static readonly TimeSpan SeatWithin = TimeSpan.FromSeconds(10);

    /// <summary>Until no session is recorded, or cancelled; our seats of it have been given up before.</summary>
    public async Task RunAsync(BrokerOptions broker, CancellationToken cancellationToken)
    {
        string? complaint = null;
        while (true)
        {
            try
            {
                var sessions = await records.ListAsync(broker.Name, cancellationToken);
                if (sessions.Length == 0)
                {
                    return;
                }

                var seats = sessions.GroupBy(session => RetirementRules.SeatOf(session) ?? 0);
                await Task.WhenAll(seats.Select(seat => EndAllAsync(broker, seat.Key, seat, cancellationToken)));
                complaint = null;
            }
            catch (Exception exception) when (exception is MqttException or ZooKeeperException)
            {
                // The same reason again and again is told once.
                if (complaint != exception.Message)
                {
                    complaint = exception.Message;
                    logger.LogWarning("{Broker} is not retired yet: {Reason}", broker.Name, complaint);
                }
            }

            await Task.Delay(LookAgain, time, cancellationToken);
        }
    }

    /// <summary>Completes when a session is recorded after all.</summary>
    public async Task WhenRecordedAsync(BrokerOptions broker, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookWhenDone, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if ((await records.ListAsync(broker.Name, cancellationToken)).Length > 0)
                {
                    return;
                }
            }
            catch (ZooKeeperException)
            {
                // The next look tells.
            }
        }
    }

    private async Task EndAllAsync(
        BrokerOptions broker,
        int seat,
        IEnumerable<string> sessions,
        CancellationToken cancellationToken
    )
    {
        var claim = znodes.Claim(broker.Name, seat);
        try
        {
            if (await AcquireAsync(claim, cancellationToken) is { } lost)
            {
                using var held = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
                await EndAllAsync(broker, sessions, held.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another has the seat now, and goes on.
        }
        finally
        {
            await claim.ReleaseAsync();
            znodes.Forget(claim);
        }
    }

    private async Task<CancellationToken?> AcquireAsync(ZnodeSeatClaim claim, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(SeatWithin, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await claim.AcquireAsync(waiting.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task EndAllAsync(BrokerOptions broker, IEnumerable<string> sessions, CancellationToken held)
    {
        // Whoever had the seat before may have ended some.
        foreach (var session in sessions.Intersect(await records.ListAsync(broker.Name, held)))
        {
            await ending.EndAsync(broker, session, held);
        }
    }
}
