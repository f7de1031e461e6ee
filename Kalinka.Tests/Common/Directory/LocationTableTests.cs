using System.Text;
using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Directory;

internal sealed class LocationTableTests
{
    private static readonly LocationDetails Details = new(
        Since: 1,
        LastSeen: (1L << 48) - 1,
        OfflineSince: 1_764_096_000_123
    );

    [Test]
    public void It_is_the_dictionary_that_it_stands_for_over_any_history()
    {
        var table = new LocationTable(100_000);
        var expected = new Dictionary<int, Location>();
        var random = new Random(7);
        for (var step = 0; step < 200_000; step++)
        {
            var client = random.Next(20_000);
            if (random.Next(3) == 0)
            {
                Assert.That(table.Remove(Id(client)), Is.EqualTo(expected.Remove(client)));
                continue;
            }

            var details = random.Next(2) == 0 ? default : Details;
            var broker = $"b{random.Next(300)}";
            Assert.That(table.TryPut(Id(client), Encoding.UTF8.GetBytes(broker), details, step), Is.True);
            expected[client] = new Location(LocationState.Present, broker, step) { Details = details };
        }

        Assert.That(table.Count, Is.EqualTo(expected.Count));
        for (var client = 0; client < 20_000; client++)
        {
            Assert.That(table.Find(Id(client)), Is.EqualTo(expected.GetValueOrDefault(client, Location.Absent)));
        }

        var pieces = table.Pieces().SelectMany(piece => piece);
        Assert.That(
            pieces.ToDictionary(entry => Encoding.UTF8.GetString(entry.ClientId.Span), entry => entry.Location),
            Is.EquivalentTo(expected.ToDictionary(each => Encoding.UTF8.GetString(Id(each.Key)), each => each.Value))
        );
    }

    [Test]
    public void A_million_clients_take_less_than_100_bytes_each_and_what_goes_gives_its_memory_back()
    {
        var table = new LocationTable(2_000_000);
        Fill(table, 1_000_000);

        // Ids of 20 bytes.
        Assert.That(table.Bytes / 1_000_000.0, Is.InRange(48, 100));

        for (var client = 0; client < 1_000_000; client++)
        {
            table.Remove(Id(client));
        }

        Assert.That(table.Count, Is.Zero);
        Assert.That(table.Bytes, Is.LessThan(30_000_000));
    }

    [Test]
    public void Beyond_its_capacity_nothing_is_added_and_what_is_there_can_change()
    {
        var table = new LocationTable(10);
        Fill(table, 10);
        Assert.That(table.TryPut(Id(11), "b1"u8, default, 1), Is.False);
        Assert.That(table.TryPut(Id(1), "b2"u8, default, 1), Is.True);
        table.Remove(Id(2));
        Assert.That(table.TryPut(Id(11), "b1"u8, default, 1), Is.True);
        Assert.That(table.Count, Is.EqualTo(10));
    }

    [Test]
    public void Names_of_brokers_that_no_two_bytes_can_number_count_as_none()
    {
        var table = new LocationTable(100_000);
        for (var broker = 0; broker < 70_000; broker++)
        {
            table.TryPut("c1"u8, Encoding.UTF8.GetBytes($"b{broker}"), default, broker);
            var expected = broker < BrokerNames.Most ? $"b{broker}" : null;
            Assert.That(table.Find("c1"u8).Broker, Is.EqualTo(expected));
        }

        table.TryPut("c2"u8, new byte[1000], default, 1);
        Assert.That(table.Find("c2"u8).Broker, Is.Null);
    }

    [Test]
    public async Task Look_ups_by_other_threads_see_whole_entries_only()
    {
        var table = new LocationTable(100_000);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            for (var step = 0; !stop.IsCancellationRequested; step++)
            {
                var broker = step % 2 == 0 ? "even"u8 : "odd"u8;
                table.TryPut(
                    Id(step % 5000),
                    broker,
                    new LocationDetails(step % 2 + 1, step % 2 + 1, step % 2 + 1),
                    step
                );
                table.Remove(Id((step + 2500) % 5000));
            }
        });
        for (var look = 0; look < 300_000; look++)
        {
            var found = table.Find(Id(look % 5000));
            if (found.State == LocationState.Present)
            {
                var isOdd = (int)(found.Version % 2);
                Assert.That(found.Broker, Is.EqualTo(isOdd == 0 ? "even" : "odd"));
                Assert.That(found.Details, Is.EqualTo(new LocationDetails(isOdd + 1, isOdd + 1, isOdd + 1)));
            }
        }

        await stop.CancelAsync();
        await writing;
    }

    private static void Fill(LocationTable table, int clients)
    {
        for (var client = 0; client < clients; client++)
        {
            table.TryPut(Id(client), "b1"u8, Details, client);
        }
    }

    private static byte[] Id(int client) => Encoding.UTF8.GetBytes($"sensor-{client:0000000000000}");
}
