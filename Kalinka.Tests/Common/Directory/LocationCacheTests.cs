using System.Text;
using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Directory;

internal sealed class LocationCacheTests
{
    private static readonly Location Somewhere = new(LocationState.Present, "b1", 0, "{}");

    [Test]
    public void What_was_put_is_found_till_it_is_removed()
    {
        var cache = new LocationCache(10, keepDetails: true);
        cache.Put(Id(1), Somewhere, 5);

        Assert.That(cache.Find(Id(1), out var epoch), Is.EqualTo(Somewhere));
        Assert.That(epoch, Is.EqualTo(5));
        Assert.That(cache.Find(Id(2), out _).State, Is.EqualTo(LocationState.Unknown));

        cache.Remove(Id(1));
        Assert.That(cache.Find(Id(1), out _).State, Is.EqualTo(LocationState.Unknown));
        Assert.That(cache.Count, Is.Zero);
    }

    [Test]
    public void It_never_holds_more_than_its_capacity()
    {
        var cache = new LocationCache(100, keepDetails: false);
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            cache.Put(Id(random.Next(1000)), Somewhere, 1);
            cache.Find(Id(random.Next(1000)), out _);
            if (i % 3 == 0)
            {
                cache.Remove(Id(random.Next(1000)));
            }

            Assert.That(cache.Count, Is.LessThanOrEqualTo(100));
        }

        var found = Enumerable.Range(0, 1000).Count(i => cache.Find(Id(i), out _).State == LocationState.Present);
        Assert.That(found, Is.EqualTo(cache.Count));
    }

    [Test]
    public void What_is_looked_up_stays_and_what_is_not_goes()
    {
        var cache = new LocationCache(100, keepDetails: false);
        for (var i = 0; i < 2000; i++)
        {
            cache.Put(Id(i), Somewhere, 1);
            for (var wanted = 0; wanted < Math.Min(i, 10); wanted++)
            {
                cache.Find(Id(wanted), out _);
            }
        }

        Assert.That(
            Enumerable.Range(0, 10).Select(i => cache.Find(Id(i), out _).State),
            Has.All.EqualTo(LocationState.Present)
        );
    }

    [Test]
    public void Details_are_kept_where_they_are_wanted_and_short()
    {
        var without = new LocationCache(10, keepDetails: false);
        var with = new LocationCache(10, keepDetails: true);
        without.Put(Id(1), Somewhere, 1);
        with.Put(Id(1), Somewhere, 1);
        with.Put(Id(2), Somewhere with { Json = new string(' ', 2000) }, 1);

        Assert.That(without.Find(Id(1), out _).Json, Is.Null);
        Assert.That(with.Find(Id(1), out _).Json, Is.EqualTo("{}"));
        Assert.That(with.Find(Id(2), out _).Json, Is.Null);
    }

    [Test]
    public void A_look_up_allocates_nothing_and_takes_well_under_a_microsecond()
    {
        var cache = new LocationCache(10_000, keepDetails: false);
        var ids = Enumerable.Range(0, 10_000).Select(Id).ToArray();
        foreach (var id in ids)
        {
            cache.Put(id, Somewhere, 1);
        }

        LookUp(cache, ids);
        var best = TimeSpan.MaxValue;

        // A query instead of the loop would allocate, more when it is the first of its kind in the process.
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 20; round++)
        {
            var taken = LookUp(cache, ids);
            best = taken < best ? taken : best;
        }

        // Not a byte for each of 200,000 look-ups.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - allocated, Is.LessThan(1000));
        Assert.That(best / ids.Length, Is.LessThan(TimeSpan.FromMicroseconds(1)));
    }

    [Test]
    public async Task Readers_and_writers_do_not_harm_each_other()
    {
        var cache = new LocationCache(50, keepDetails: false);
        using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var writing = Enumerable
            .Range(0, 2)
            .Select(seed => Task.Run(() => Write(cache, new Random(seed), enough.Token)));
        var reading = Enumerable
            .Range(2, 2)
            .Select(seed => Task.Run(() => Read(cache, new Random(seed), enough.Token)));
        await Task.WhenAll([.. writing, .. reading]);

        Assert.That(cache.Count, Is.LessThanOrEqualTo(50));
    }

    private static void Write(LocationCache cache, Random random, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var id = random.Next(200);
            cache.Put(Id(id), new Location(LocationState.Present, $"b{id}", id), id);
            cache.Remove(Id(random.Next(200)));
        }
    }

    private static void Read(LocationCache cache, Random random, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var id = random.Next(200);
            var found = cache.Find(Id(id), out var epoch);
            if (found.State == LocationState.Present)
            {
                Assert.That((found.Broker, found.Version, epoch), Is.EqualTo(($"b{id}", id, id)));
            }
        }
    }

    private static TimeSpan LookUp(LocationCache cache, byte[][] ids)
    {
        var began = TimeProvider.System.GetTimestamp();
        foreach (var id in ids)
        {
            cache.Find(id, out _);
        }

        return TimeProvider.System.GetElapsedTime(began);
    }

    private static byte[] Id(int number) => Encoding.UTF8.GetBytes($"device-{number}");
}
