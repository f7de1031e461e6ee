using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Sub;

/// <summary>
/// The end of every delivery: each is settled once, withdrawn, or ends with its assignment, and its place is free again.
/// The dispatcher's.
/// </summary>
internal sealed class Settlement(DeliveryPool pool, SeenRecords seen, SubCounters counters)
{
    private DeadLetters? _deadLetters;

    public void Use(DeadLetters deadLetters) => _deadLetters = deadLetters;

    /// <summary>A broker has accepted it.</summary>
    public void Delivered(Delivery delivery)
    {
        counters.Delivered();
        Remember(delivery);
        Settle(delivery);
    }

    /// <summary>It is safe in a partition of the delivery topic.</summary>
    public void Relayed(Delivery delivery)
    {
        Remember(delivery);
        Settle(delivery);
    }

    /// <summary>It is one that has been delivered already.</summary>
    public void Repeated(Delivery delivery)
    {
        counters.Repeated();
        Settle(delivery);
    }

    public void Drop(Delivery delivery, DropReason reason)
    {
        counters.Dropped(reason);
        Settle(delivery);
    }

    /// <summary>It leaves its lane at once, and is settled when its dead letter is confirmed.</summary>
    public void DeadLetter(Delivery delivery, DeadLetterReason reason, string text)
    {
        if (delivery.Assignment.Ended)
        {
            Withdraw(delivery);
            return;
        }

        counters.DeadLettered(reason);
        delivery.Lane?.Remove(delivery);
        MarkPublished(delivery);
        _deadLetters!.Write(delivery, text);
    }

    /// <summary>Another system has seen it: a drain must not leave a gap before it.</summary>
    public static void MarkPublished(Delivery delivery)
    {
        var assignment = delivery.Assignment;
        assignment.Published = Math.Max(assignment.Published, delivery.Offset);
    }

    /// <summary>Moves the watermark, if the assignment still lasts.</summary>
    public void Settle(Delivery delivery)
    {
        delivery.Assignment.Settle(delivery.Ticket);
        Free(delivery);
    }

    /// <summary>Lets go of it unsettled: it is read again by whoever has the partition next.</summary>
    public void Withdraw(Delivery delivery)
    {
        delivery.Assignment.Withdraw();
        Free(delivery);
    }

    private void Remember(Delivery delivery)
    {
        if (delivery.Hop > 0)
        {
            seen.Add(delivery);
        }
    }

    private void Free(Delivery delivery)
    {
        delivery.Lane?.Remove(delivery);
        pool.Return(delivery);
    }
}
