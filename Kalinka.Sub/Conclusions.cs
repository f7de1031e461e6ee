using Kalinka.Common.Directory;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>What follows from an answer of the directory, and from the end of a wait. The dispatcher's.</summary>
internal sealed class Conclusions(
    LaneRouter router,
    Endings endings,
    Locator locator,
    WaitingRoom waitingRoom,
    Destinations destinations,
    AbsenceGuard guard
)
{
    /// <summary>The directory has answered.</summary>
    public void OnAnswered(ClientLane lane)
    {
        var purpose = lane.Reading;
        lane.Reading = ReadPurpose.None;
        if (lane.Rejection is { } rejection)
        {
            endings.Reject(lane, rejection);
        }
        else if (lane.Changed || lane.NextWaiting() is not { } delivery)
        {
            lane.Answer = null;
        }
        else if (purpose != ReadPurpose.Locate && !IsElsewhere(lane, delivery))
        {
            Stay(lane, delivery, purpose);
        }

        router.Advance(lane);
    }

    /// <summary>A broker has been away too long. Only a directory that can be trusted says that the client is still there.</summary>
    public void GiveUp(BrokerSession session, ClientLane lane)
    {
        if (destinations.CanPark(session))
        {
            // It goes into the partition, or is there already and stays.
            router.Advance(lane);
            return;
        }

        var location = locator.Find(lane);
        if (!locator.IsTrusted || location.State == LocationState.Stale)
        {
            session.Enqueue(lane);
        }
        else if (location.State == LocationState.Present && location.Broker == session.Name)
        {
            EndOrPark(session, lane);
        }

        router.Advance(lane);
    }

    private void EndOrPark(BrokerSession session, ClientLane lane)
    {
        if (destinations.AskPartition(session))
        {
            session.Enqueue(lane);
        }
        else
        {
            endings.EndUnreachable(lane, session.Name, destinations.IsKnown(session));
        }
    }

    private static bool IsElsewhere(ClientLane lane, Delivery delivery) =>
        lane.Answer is { State: LocationState.Present, Broker: { } broker } && broker != delivery.RefusedBy;

    private void Stay(ClientLane lane, Delivery delivery, ReadPurpose purpose)
    {
        var state = lane.Answer?.State;
        lane.Answer = null;
        if (purpose == ReadPurpose.Conclude && state is LocationState.Absent or LocationState.Present)
        {
            Conclude(lane, delivery, state.Value);
        }
        else if (state == LocationState.Absent)
        {
            waitingRoom.AddAbsent(lane);
        }
        else
        {
            waitingRoom.AddRefused(lane);
        }
    }

    private void Conclude(ClientLane lane, Delivery delivery, LocationState state)
    {
        if (!guard.MayConclude(lane))
        {
            waitingRoom.AddHeld(lane);
            return;
        }

        endings.EndAbsent(delivery);

        // That a broker has nobody for one message says nothing of the client's next: it may be on another topic.
        while (state == LocationState.Absent && lane.NextWaiting() is { } next && IsOver(lane, next))
        {
            endings.EndAbsent(next);
        }

        lane.Hurried = false;
        lane.BackOffMs = 0;
    }

    private bool IsOver(ClientLane lane, Delivery delivery) => lane.Hurried || waitingRoom.IsDue(lane, delivery);
}
