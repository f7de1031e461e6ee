using Kalinka.Common.Directory;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>
/// Takes each lane its next step: is the record still wanted, where is the client, is there room at its broker. Whatever
/// happens, a connection, an answer, an outcome, a timer, ends in <see cref="Advance"/>. The dispatcher's.
/// </summary>
internal sealed class LaneRouter(
    DeliveryOptions options,
    ClientLanes lanes,
    Settlement settlement,
    AbsenceGuard guard,
    TurnClock clock,
    SubCounters counters
)
{
    private readonly LaneVerdicts _verdicts = new(options, settlement, clock);
    private Locator _locator = null!;
    private WaitingRoom _waitingRoom = null!;
    private BrokerSessions _sessions = null!;

    /// <summary>The stages that it leads lanes to, and that hand lanes back to it.</summary>
    public void Join(Locator locator, WaitingRoom waitingRoom, BrokerSessions sessions) =>
        (_locator, _waitingRoom, _sessions) = (locator, waitingRoom, sessions);

    /// <summary>A record has come from Kafka.</summary>
    public void Arrive(Delivery delivery)
    {
        if (delivery.Assignment.Ended || delivery.Assignment.Draining)
        {
            settlement.Withdraw(delivery);
        }
        else if (delivery.Verdict == MappingVerdict.Unmapped)
        {
            settlement.Drop(delivery, DropReason.Unmapped);
        }
        else if (delivery.Verdict == MappingVerdict.Rejected)
        {
            settlement.DeadLetter(delivery, DeadLetterReason.Mapping, delivery.Message.Rejection ?? "rejected by the rules");
        }
        else if (delivery.Hops > Hops.Maximum)
        {
            settlement.DeadLetter(delivery, DeadLetterReason.Loop, $"loop: passed Kalinka {delivery.Hops} times");
        }
        else
        {
            Join(delivery);
        }
    }

    /// <summary>Sends what the lane may send; leaves it where it has to wait, or closes it.</summary>
    public void Advance(ClientLane lane)
    {
        while (!lane.IsWaiting && MaySend(lane) && lane.NextWaiting() is { } delivery)
        {
            if (!_verdicts.DropIfTooLate(delivery))
            {
                Step(lane, delivery);
            }
        }

        if (lane.Count == 0 && lane.Reading == ReadPurpose.None)
        {
            lane.Queue?.Remove(lane);
            lanes.Close(lane);
        }
    }

    /// <summary>The directory has answered.</summary>
    public void OnAnswered(ClientLane lane)
    {
        var purpose = lane.Reading;
        lane.Reading = ReadPurpose.None;
        if (lane.Changed || lane.NextWaiting() is not { } delivery)
        {
            lane.Answer = null;
            Advance(lane);
        }
        else if (purpose == ReadPurpose.Locate || IsElsewhere(lane))
        {
            Advance(lane);
        }
        else if (purpose == ReadPurpose.Follow)
        {
            Wait(lane, delivery);
        }
        else
        {
            Conclude(lane, delivery);
        }
    }

    /// <summary>A publish came back from a broker.</summary>
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

        lane.Recovering &= lane.InFlight > 0;
        Advance(lane);
    }

    /// <summary>The client's entry has changed: whoever waits for it looks again.</summary>
    public void OnChanged(ReadOnlySpan<byte> client)
    {
        if (lanes.Find(client) is not { } lane)
        {
            return;
        }

        lane.Changed |= lane.Reading != ReadPurpose.None;
        if (lane.Queue is not null && (_waitingRoom.Holds(lane) || _sessions.IsUnreachable(lane)))
        {
            lane.Queue.Remove(lane);
            LookAgain(lane);
        }
    }

    /// <summary>A broker has been away too long.</summary>
    public void GiveUp(BrokerSession session, ClientLane lane)
    {
        var location = _locator.Find(lane);
        if (!_locator.IsTrusted || location.State == LocationState.Stale)
        {
            session.Enqueue(lane);
        }
        else if (location.State == LocationState.Present && location.Broker == session.Name)
        {
            _verdicts.EndUnreachable(lane, session.Name);
            Advance(lane);
        }
        else
        {
            Advance(lane);
        }
    }

    /// <summary>Lets go of all records that a drain or a lost partition leaves unsent.</summary>
    public void Withdraw()
    {
        foreach (var lane in lanes.ToArray())
        {
            for (var delivery = lane.First; delivery is not null; )
            {
                var next = delivery.Next;
                var assignment = delivery.Assignment;
                var unwanted = assignment.Ended || (assignment.Draining && delivery.Offset > assignment.Published);
                if (unwanted && !delivery.InFlight)
                {
                    settlement.Withdraw(delivery);
                }

                delivery = next;
            }

            Advance(lane);
        }
    }

    private void Join(Delivery delivery)
    {
        var lane = lanes.Open(delivery.Client);
        delivery.ArrivedMs = clock.NowMs;
        lane.Add(delivery);
        guard.Addressed(lane);
        Advance(lane);
    }

    private bool MaySend(ClientLane lane) =>
        lane.InFlight < options.InFlightPerClient && !(lane.Recovering && lane.InFlight > 0);

    private void Step(ClientLane lane, Delivery delivery)
    {
        var location = lane.Answer ?? _locator.Find(lane);
        lane.Answer = null;
        switch (location.State)
        {
            case LocationState.Absent:
                _waitingRoom.AddAbsent(lane);
                break;
            case LocationState.Unknown or { } when location.Broker is null:
                AskOrPause(lane, location);
                break;
            default:
                lane.AbsentMs = 0;
                Send(lane, delivery, _sessions.Find(location.Broker));
                break;
        }
    }

    private void AskOrPause(ClientLane lane, Location location) => _locator.Read(lane, ReadPurpose.Locate);

    private void Send(ClientLane lane, Delivery delivery, BrokerSession session)
    {
        if (!session.IsOpen())
        {
            session.Enqueue(lane);
            return;
        }

        switch (TrySend(delivery, session, out var reason))
        {
            case SendResult.Done:
                settlement.Delivered(delivery);
                break;
            case SendResult.InFlight:
                Settlement.MarkPublished(delivery);
                lane.Depart(delivery);
                break;
            case SendResult.Later:
                session.Enqueue(lane);
                break;
            default:
                settlement.DeadLetter(delivery, DeadLetterReason.Refused, reason);
                break;
        }
    }

    // Whatever one message throws is a rejection of that message, never the end of the pipeline.
    private static SendResult TrySend(Delivery delivery, BrokerSession session, out string reason)
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

    private void Judge(BrokerSession session, ClientLane lane, Delivery delivery)
    {
        switch (delivery.Outcome)
        {
            case PublishOutcome.Delivered:
            case PublishOutcome.NoSubscriber when delivery.Retain:
                lane.Lost = false;
                lane.BackOffMs = 0;
                lane.RefusedBy = null;
                settlement.Delivered(delivery);
                break;
            case PublishOutcome.Rejected:
                settlement.DeadLetter(delivery, DeadLetterReason.Rejected, $"{session.Name}: {delivery.Reason}");
                break;
            default:
                counters.Retried();
                lane.Recovering = true;
                TryAgain(session, lane, delivery);
                break;
        }
    }

    private void TryAgain(BrokerSession session, ClientLane lane, Delivery delivery)
    {
        if (delivery.Outcome == PublishOutcome.NoSubscriber)
        {
            delivery.RefusedMs = delivery.RefusedMs == 0 ? clock.NowMs : delivery.RefusedMs;
            lane.RefusedBy = session.Name;
            Follow(lane);
        }
        else if (delivery.Reason == MqttReasonCode.QuotaExceeded)
        {
            delivery.QuotaMs = delivery.QuotaMs == 0 ? clock.NowMs : delivery.QuotaMs;
            _verdicts.EndQuota(delivery, session.Name);
            PauseUnlessWaiting(lane);
        }
        else
        {
            lane.Lost = true;
        }
    }
}
