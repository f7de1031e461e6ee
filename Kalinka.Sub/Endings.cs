using System.Globalization;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub;

/// <summary>Ends records that are not delivered: too late, their client nowhere, their broker away. The dispatcher's.</summary>
internal sealed class Endings(DeliveryOptions options, Settlement settlement, TurnClock clock)
{
    private readonly long _maxAgeMs = (long)options.MaxAge.TotalMilliseconds;
    private readonly long _slackMs = (long)options.ExpirySlack.TotalMilliseconds;
    private readonly long _brokerWaitMs = (long)options.BrokerWait.TotalMilliseconds;

    /// <summary>Asked right before a record is sent, however long it waited before.</summary>
    public bool DropIfTooLate(Delivery delivery)
    {
        if (delivery.ExpiresAtMs is { } expiresAtMs && clock.UnixMs > expiresAtMs + _slackMs)
        {
            settlement.Drop(delivery, DropReason.Expired);
            return true;
        }

        // A record without a timestamp has none above 0.
        var timestampMs = delivery.Record.TimestampMs;
        if (timestampMs > 0 && clock.UnixMs - timestampMs > _maxAgeMs)
        {
            settlement.Drop(delivery, DropReason.TooOld);
            return true;
        }

        return false;
    }

    /// <summary>There can be no such client.</summary>
    public void Reject(ClientLane lane, string reason)
    {
        while (lane.NextWaiting() is { } delivery)
        {
            settlement.DeadLetter(delivery, DeadLetterReason.Mapping, reason);
        }
    }

    /// <summary>The directory has no entry for the client, or a broker has nobody for the record.</summary>
    public void EndAbsent(Delivery delivery) =>
        EndAbsent(
            delivery,
            delivery.RefusedBy is { } broker
                ? $"client absent: broker {broker} has no matching subscribers"
                : "client absent: not in the directory"
        );

    /// <summary>The record has followed its client from broker to broker, and it was gone each time.</summary>
    public void EndFollowing(Delivery delivery) =>
        EndAbsent(delivery, $"client absent: it moved on {delivery.Hop} times while the record followed it");

    /// <summary>
    /// The client's broker could not be reached for <c>BrokerWait</c>: all that waits for it ends. The client is not
    /// absent, so <c>AbsentClient</c> has no say: an outage of a broker loses nothing.
    /// </summary>
    public void EndUnreachable(ClientLane lane, string broker, bool isKnown)
    {
        var seconds = options.BrokerWait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var reason = isKnown
            ? $"broker {broker} has been unreachable for {seconds} s"
            : $"{broker}, which the directory names, is no broker to connect to, and has no partition to wait in";
        while (lane.NextWaiting() is { } delivery)
        {
            EndUnreachable(delivery, reason);
        }
    }

    /// <summary>Ends a record for which a broker has had no quota for <c>BrokerWait</c>.</summary>
    public void EndIfQuotaLasts(ClientLane lane, Delivery delivery, string broker)
    {
        if (clock.NowMs - lane.QuotaMs >= _brokerWaitMs)
        {
            EndUnreachable(delivery, $"broker {broker} has no quota left for it");
        }
    }

    private void EndAbsent(Delivery delivery, string text)
    {
        if (DropIfTooLate(delivery))
        {
            return;
        }

        if (options.AbsentClient == AbsentClient.Drop)
        {
            settlement.Drop(delivery, DropReason.Absent);
        }
        else
        {
            settlement.DeadLetter(delivery, DeadLetterReason.Absent, text);
        }
    }

    private void EndUnreachable(Delivery delivery, string text)
    {
        if (!DropIfTooLate(delivery))
        {
            settlement.DeadLetter(delivery, DeadLetterReason.Unreachable, text);
        }
    }
}
