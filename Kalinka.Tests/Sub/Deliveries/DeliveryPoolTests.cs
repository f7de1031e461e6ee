using Kalinka.Sub.Deliveries;

namespace Kalinka.Tests.Sub.Deliveries;

[TestFixture]
internal sealed class DeliveryPoolTests
{
    private const int Threads = 2;
    private const int Each = 50_000;

    [Test]
    public void Threads_that_rent_at_a_time_never_get_one_slot_twice_and_each_is_found_by_its_slot()
    {
        var pool = new DeliveryPool();
        var rented = new Delivery[Threads * Each];
        using var start = new Barrier(Threads);
        Parallel.For(
            0,
            Threads,
            new ParallelOptions { MaxDegreeOfParallelism = Threads },
            thread =>
            {
                start.SignalAndWait();
                for (var index = 0; index < Each; index++)
                {
                    rented[(thread * Each) + index] = pool.Rent();
                }
            }
        );

        Assert.That(rented.Select(delivery => delivery.Slot), Is.Unique);
        Assert.That(rented.All(delivery => pool[delivery.Slot] == delivery));
    }
}
