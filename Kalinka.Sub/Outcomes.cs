using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>What follows from the outcome of a publish. The dispatcher's.</summary>
internal sealed class Outcomes(
    LaneRouter router,
    Settlement settlement,
    Endings endings,
    Locator locator,
    WaitingRoom waitingRoom,
    TurnClock clock,
    SubCounters counters
)
{
    public void OnOutcome(BrokerSession session, Delivery delivery)
    {
        var lane = delivery.Lane!;
        lane.ComeBack(delivery);
        if (delivery.Assignment.Ended)
        {
            settlement.Withdraw(delivery);
        }
        else
        {
            Judge(session, lane, delivery);
        }

        router.Advance(lane);
    }

    private void Judge(BrokerSession session, ClientLane lane, Delivery delivery)
    {
        switch (delivery.Outcome)
        {
            // A broker may keep a retained message and still say that nobody takes it now.
            case PublishOutcome.Delivered:
            case PublishOutcome.NoSubscriber when delivery.Retain:
                lane.Lost = false;
                lane.BackOffMs = lane.RefusedMs = lane.QuotaMs = 0;
                settlement.Delivered(delivery);
                break;
            case PublishOutcome.Rejected:
                settlement.DeadLetter(
                    delivery,
                    DeadLetterReason.Rejected,
                    $"broker {session.Name} rejected it: {delivery.Reason}"
                );
                break;
            default:
                counters.Retried();
                TryAgain(session, lane, delivery);
                break;
        }
    }

    private void TryAgain(BrokerSession session, ClientLane lane, Delivery delivery)
    {
        if (delivery.Outcome == PublishOutcome.NoSubscriber)
        {
            // The client is waited for once, not once for each of its records.
            lane.RefusedMs = lane.RefusedMs == 0 || lane.RefusedBy != session.Name ? clock.NowMs : lane.RefusedMs;
            lane.RefusedBy = session.Name;
            delivery.RefusedMs = delivery.RefusedMs == 0 ? lane.RefusedMs : delivery.RefusedMs;
            delivery.RefusedBy = session.Name;
            Follow(lane);
        }
        else if (delivery.Reason == MqttReasonCode.QuotaExceeded)
        {
            lane.QuotaMs = lane.QuotaMs == 0 ? clock.NowMs : lane.QuotaMs;
            endings.EndIfQuotaLasts(lane, delivery, session.Name);
            Pause(lane);
        }
        else
        {
            lane.Lost = true;
        }
    }

    private void Follow(ClientLane lane)
    {
        if (lane.Reading == ReadPurpose.None)
        {
            lane.Queue?.Remove(lane);
            locator.Read(lane, ReadPurpose.Follow);
        }
    }

    private void Pause(ClientLane lane)
    {
        if (lane.Count > 0 && lane.Reading == ReadPurpose.None)
        {
            waitingRoom.AddBackOff(lane);
        }
    }
}
