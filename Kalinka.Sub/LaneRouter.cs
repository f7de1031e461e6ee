using Kalinka.Common.Directory;
using Kalinka.Common.Mapping;
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
    int inFlightPerClient,
    ClientLanes lanes,
    Settlement settlement,
    Endings endings,
    AbsenceGuard guard,
    Gathering gathering,
    TurnClock clock
)
{
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
            settlement.DeadLetter(
                delivery,
                DeadLetterReason.Mapping,
                delivery.Message.Rejection ?? "rejected by a rule"
            );
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
        // What came back is the oldest that waits, so it goes before anything newer.
        while (!lane.IsWaiting && lane.InFlight < inFlightPerClient && lane.NextWaiting() is { } delivery)
        {
            if (!endings.DropIfTooLate(delivery))
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

    /// <summary>The client's entry has changed: its records look again where it is.</summary>
    public void OnChanged(ReadOnlySpan<byte> client)
    {
        if (lanes.Find(client) is not { } lane)
        {
            return;
        }

        lane.Changed |= lane.Reading != ReadPurpose.None;
        if (lane.Queue is { } queue && (_waitingRoom.Holds(lane) || _sessions.IsUnreachable(lane)))
        {
            queue.Remove(lane);
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
                if (!delivery.InFlight && delivery.Assignment.IsUnwanted(delivery.Offset))
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

    private void Step(ClientLane lane, Delivery delivery)
    {
        var asked = lane.Answer is not null;
        var location = lane.Answer ?? _locator.Find(lane);
        lane.Answer = null;
        if (location.State == LocationState.Absent)
        {
            _waitingRoom.AddAbsent(lane);
        }
        else if (location.Broker is { } broker)
        {
            lane.AbsentMs = 0;
            Send(lane, delivery, _sessions.Find(broker));
        }
        else if (asked)
        {
            // The ensemble could not be read.
            _waitingRoom.AddBackOff(lane);
        }
        else
        {
            _locator.Read(lane, ReadPurpose.Locate);
        }
    }

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
}
