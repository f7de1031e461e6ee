using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Partitioning;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>Sends the next record of a lane where it has to go, or has the lane wait for that. The dispatcher's.</summary>
internal sealed class Departures(
    Settlement settlement,
    Endings endings,
    Destinations destinations,
    Relay relay,
    WaitingRoom waitingRoom,
    Gathering gathering,
    SubCounters counters
)
{
    /// <param name="session">Of the broker that the client is at.</param>
    public void Send(ClientLane lane, Delivery delivery, BrokerSession session)
    {
        if (session.Service.IsClosedTo(delivery))
        {
            waitingRoom.AddAbsent(lane);
            return;
        }

        lane.AbsentMs = 0;
        switch (destinations.Of(delivery, session, out var partition))
        {
            case Destination.Session:
                Publish(lane, delivery, session);
                break;
            case Destination.Partition:
                Relay(lane, delivery, partition);
                break;
            case Destination.Later:
                waitingRoom.AddBackOff(lane);
                break;
            default:
                endings.EndFollowing(delivery);
                break;
        }
    }

    /// <summary>The record is safe in its partition.</summary>
    public void OnRelayed(Delivery delivery)
    {
        destinations.OnRelayed(delivery);
        settlement.Relayed(delivery);
    }

    /// <summary>Kafka does not take the record.</summary>
    public void OnRefused(Delivery delivery, string reason)
    {
        destinations.OnRelayed(delivery);
        settlement.DeadLetter(delivery, DeadLetterReason.Refused, reason);
    }

    private void Publish(ClientLane lane, Delivery delivery, BrokerSession session)
    {
        if (!session.IsOpen())
        {
            session.Enqueue(lane);
            return;
        }

        switch (TryPublish(delivery, session, out var reason))
        {
            case SendResult.Done:
                Settlement.MarkPublished(delivery);
                settlement.Delivered(delivery);
                break;
            case SendResult.InFlight:
                Settlement.MarkPublished(delivery);
                lane.Depart(delivery);
                gathering.OnSent(delivery);
                break;
            case SendResult.Later:
                session.Enqueue(lane);
                break;
            default:
                settlement.DeadLetter(delivery, DeadLetterReason.Refused, reason);
                break;
        }
    }

    // A record may overtake none of its client's that is still under way to a broker: that one may come back.
    private void Relay(ClientLane lane, Delivery delivery, int partition)
    {
        if (lane.InFlight > 0)
        {
            waitingRoom.AddBackOff(lane);
            return;
        }

        switch (relay.Send(delivery, partition, out var reason))
        {
            case RelayResult.Sent:
                lane.BackOffMs = 0;
                Settlement.MarkPublished(delivery);
                destinations.OnRelaying(delivery);
                counters.Relayed(delivery.Hop);
                break;
            case RelayResult.Later:
                relay.Enqueue(lane);
                break;
            default:
                settlement.DeadLetter(delivery, DeadLetterReason.Refused, reason);
                break;
        }
    }

    // Whatever one message throws is a rejection of that message, never the end of the pipeline.
    private static SendResult TryPublish(Delivery delivery, BrokerSession session, out string reason)
    {
        try
        {
            return session.Send(delivery, out reason);
        }
        catch (Exception e)
        {
            reason = $"cannot be encoded: {e.Message}";
            return SendResult.Refused;
        }
    }
}
