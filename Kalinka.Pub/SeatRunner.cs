using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Common.Resilience;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>
/// One seat of one broker, from waiting for it to giving it up: holds the claim, serves the session while it is held,
/// and drains before the seat goes to another.
/// </summary>
internal sealed class SeatRunner(
    SeatClaim claim,
    SeatSession session,
    SeatFlow flow,
    bool sequence,
    Reconnect reconnect,
    ILogger logger
)
{
    public SeatClaim Claim => claim;

    public SeatSession Session => session;

    public SeatFlow Flow => flow;

    /// <summary>Runs until cancelled; the seat is drained and released then.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        claim.EpochChanged += Number;
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await HoldAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped while it waited for the seat.
        }
        finally
        {
            claim.EpochChanged -= Number;
        }
    }

    private async Task HoldAsync(CancellationToken stopping)
    {
        var lost = await claim.AcquireAsync(stopping);
        logger.LogInformation("{Broker}: seat {Seat} is ours", claim.BrokerName, claim.Number);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, lost);
        try
        {
            await reconnect.RunAsync(ServeAsync, ending.Token);
        }
        finally
        {
            await claim.ReleaseAsync();
        }

        logger.LogInformation("{Broker}: seat {Seat} was given up", claim.BrokerName, claim.Number);
    }

    // An attempt that made no connection took nothing from anybody: the next one need not ask.
    private async Task<TimeSpan> ServeAsync(CancellationToken ending)
    {
        if (session.LastClose is { } close)
        {
            await claim.MayConnectAsync(takenOver: close.Reason == MqttReasonCode.SessionTakenOver, ending);
        }

        return await session.ServeAsync(ending);
    }

    private void Number(long epoch) =>
        flow.Number(sequence ? new SequenceHeader(claim.BrokerName, claim.Number, epoch) : null);
}
