using Kalinka.Common.Directory;
using Kalinka.Common.Mapping;
using Kalinka.Common.Records;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Partitioning;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>
/// Takes each lane its next step: is the record still wanted, where is the client, is there room at its broker. Whatever
/// happens, a connection, an answer, an outcome, a timer, ends in <see cref="Advance"/>. The dispatcher's.
/// </summary>
internal sealed class LaneRouter(
    int inFlightPerClient,
    SeenRecords seen,
    Settlement settlement,
    Endings endings,
    AbsenceGuard guard,
    TurnClock clock
)
{
    // A client's records of the delivery topic wait for its broker; those of the application must not stand behind them.
    private readonly ClientLanes _lanes = new(isDelivery: false);
    private readonly ClientLanes _deliveryLanes = new(isDelivery: true);
    private Departures _departures = null!;
    private Locator _locator = null!;
    private WaitingRoom _waitingRoom = null!;
    private BrokerSessions _sessions = null!;

    /// <summary>The stages that it leads lanes to, and that hand lanes back to it.</summary>
    public void Join(Locator locator, WaitingRoom waitingRoom, BrokerSessions sessions, Departures departures) =>
        (_locator, _waitingRoom, _sessions, _departures) = (locator, waitingRoom, sessions, departures);

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
            if (lane.IsDelivery && seen.Contains(delivery))
            {
                settlement.Repeated(delivery);
            }
            else if (!endings.DropIfTooLate(delivery))
            {
                Step(lane, delivery);
            }
        }

        if (lane.Count == 0 && lane.Reading == ReadPurpose.None)
        {
            lane.Queue?.Remove(lane);
            (lane.IsDelivery ? _deliveryLanes : _lanes).Close(lane);
        }
    }

    /// <summary>The client's entry has changed: its records look again where it is.</summary>
    public void OnChanged(ReadOnlySpan<byte> client)
    {
        LookAgain(_lanes.Find(client));
        LookAgain(_deliveryLanes.Find(client));
    }

    /// <summary>Lets go of all records that a drain or a lost partition leaves unsent.</summary>
    public void Withdraw()
    {
        Withdraw(_lanes);
        Withdraw(_deliveryLanes);
    }

    private void LookAgain(ClientLane? lane)
    {
        if (lane is null)
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

    private void Withdraw(ClientLanes lanes)
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
        var lanes = delivery.Hop > 0 ? _deliveryLanes : _lanes;
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
            _departures.Send(lane, delivery, _sessions.Find(broker));
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
}
