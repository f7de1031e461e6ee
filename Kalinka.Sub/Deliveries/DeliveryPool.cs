using System.Collections.Concurrent;
using Kalinka.Common.Delivery;

namespace Kalinka.Sub.Deliveries;

/// <summary>
/// All deliveries there are. The thread that consumes rents, the dispatcher returns; any thread finds one by its slot.
/// </summary>
/// <param name="limit">So many records may be on their way at a time.</param>
internal sealed class DeliveryPool(int limit, ByteBudget budget)
{
    private readonly ConcurrentQueue<Delivery> _free = new();
    private volatile Delivery[] _all = new Delivery[256];
    private int _created;
    private int _rented;

    /// <summary>Records between consumption and settlement.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>The window or the byte budget is used up.</summary>
    public bool IsFull => Rented >= limit || budget.IsSpent(0);

    /// <summary>A quarter of both is free again: resuming a partition costs a new fetch, so it is not done for less.</summary>
    public bool HasRoom => Rented <= limit - (limit / 4) && !budget.IsSpent(0.25);

    public Delivery this[long slot] => _all[slot];

    public Delivery Rent()
    {
        Interlocked.Increment(ref _rented);
        return _free.TryDequeue(out var delivery) ? delivery : Create();
    }

    /// <summary>Counts the delivery's bytes, once they are known.</summary>
    public void Charge(Delivery delivery) => budget.Charge(delivery.Bytes);

    public void Return(Delivery delivery)
    {
        budget.Return(delivery.Bytes);
        delivery.End();
        _free.Enqueue(delivery);
        Interlocked.Decrement(ref _rented);
    }

    private Delivery Create()
    {
        if (_created == _all.Length)
        {
            var larger = new Delivery[_all.Length * 2];
            _all.CopyTo(larger, 0);
            _all = larger;
        }

        return _all[_created] = new Delivery(_created++);
    }
}
