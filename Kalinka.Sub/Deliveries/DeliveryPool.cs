using System.Collections.Concurrent;

namespace Kalinka.Sub.Deliveries;

/// <summary>
/// All deliveries there are. The threads that consume rent, the dispatcher returns; any thread finds one by its slot.
/// </summary>
internal sealed class DeliveryPool
{
    private readonly ConcurrentQueue<Delivery> _free = new();
    private readonly Lock _creating = new();

    // Written under the lock.
    private volatile Delivery[] _all = new Delivery[256];
    private int _created;

    private int _rented;

    /// <summary>Records between consumption and settlement.</summary>
    public int Rented => Volatile.Read(ref _rented);

    public Delivery this[long slot] => _all[slot];

    public Delivery Rent()
    {
        Interlocked.Increment(ref _rented);
        return _free.TryDequeue(out var delivery) ? delivery : Create();
    }

    /// <summary>Counts the delivery at its source and its partition, once its bytes are known.</summary>
    public static void Charge(Delivery delivery)
    {
        delivery.Assignment.Source.Take(delivery.Bytes);
        delivery.Assignment.Charge(delivery.Bytes);
    }

    public void Return(Delivery delivery)
    {
        delivery.Assignment.Charge(-delivery.Bytes);
        delivery.Assignment.Source.Return(delivery.Bytes);
        delivery.End();
        _free.Enqueue(delivery);
        Interlocked.Decrement(ref _rented);
    }

    private Delivery Create()
    {
        lock (_creating)
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
}
