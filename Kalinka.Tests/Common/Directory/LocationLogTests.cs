using System.Text;
using Kalinka.Common.Directory;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Common.Directory;

/// <summary>What followers make of the directory's topic, and that they all come to the same.</summary>
internal sealed class LocationLogTests
{
    private const int Clients = 3;

    private sealed record Record(int Client, string? Broker, long Known, int Writer);

    /// <summary>One who follows from the beginning of the log that it finds; it may write.</summary>
    private sealed class Follower
    {
        private readonly LocationLog _log;
        private long _read;

        public Follower(int number, FakeTimeProvider time)
        {
            Number = number;
            Conflicts = new Conflicts(time);
            _log = new LocationLog(Table, Conflicts);
        }

        public int Number { get; }

        public LocationTable Table { get; } = new(1000);

        public Conflicts Conflicts { get; }

        public LogVerdict Last { get; private set; }

        /// <param name="from">Of the log, by offset; what compaction took is null.</param>
        public void Load(IReadOnlyList<Record?> from)
        {
            for (; _read < from.Count; _read++)
            {
                Take(from[(int)_read], isLive: false);
            }
        }

        public void Follow(IReadOnlyList<Record> log)
        {
            for (; _read < log.Count; _read++)
            {
                Take(log[(int)_read], isLive: true);
            }
        }

        public Location Find(int client) => Table.Find(Id(client));

        public string State() => string.Join(' ', Enumerable.Range(0, Clients).Select(c => Find(c).Broker ?? "-"));

        public IEnumerable<Record> Repairs()
        {
            foreach (var (clientId, offset) in Conflicts.TakeDue())
            {
                var found = Table.Find(clientId);
                var known = found.State == LocationState.Present ? found.Version : offset;
                yield return new Record(clientId[0] - 'a', found.Broker, known, Number);
            }
        }

        private void Take(Record? record, bool isLive)
        {
            if (record is not null)
            {
                var value = Encoding.UTF8.GetBytes(record.Broker ?? "");
                var isOwn = record.Writer == Number;
                Last = _log.Apply(Id(record.Client), record.Broker is null, value, record.Known, _read, isLive, isOwn);
            }
        }
    }

    [Test]
    public void Who_knew_what_is_there_is_heard_and_who_did_not_is_refused()
    {
        var follower = new Follower(1, new FakeTimeProvider());
        var log = new List<Record>();

        Assert.That(Write(new Record(0, "b1", -1, 1)), Is.EqualTo(LogVerdict.Applied));
        Assert.That(Write(new Record(0, "b2", -1, 1)), Is.EqualTo(LogVerdict.Refused));
        Assert.That(Write(new Record(0, "b2", 0, 1)), Is.EqualTo(LogVerdict.Refused), "one was refused since");
        Assert.That(Write(new Record(0, "b1", -1, 1)), Is.EqualTo(LogVerdict.Applied), "it is so already");
        Assert.That(Write(new Record(0, "b2", 3, 1)), Is.EqualTo(LogVerdict.Applied));
        Assert.That(Write(new Record(0, null, 3, 1)), Is.EqualTo(LogVerdict.Refused));
        Assert.That(Write(new Record(0, null, 5, 1)), Is.EqualTo(LogVerdict.Applied));
        Assert.That(Write(new Record(0, "b1", 4, 1)), Is.EqualTo(LogVerdict.Refused), "it was removed since");
        Assert.That(follower.Find(0), Is.EqualTo(Location.Absent));
        Assert.That(Write(new Record(0, "b9", ChangeHeader.Whatever, 0)), Is.EqualTo(LogVerdict.Applied), "a stranger");

        LogVerdict Write(Record record)
        {
            log.Add(record);
            follower.Follow(log);
            return follower.Last;
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Whatever_happens_all_who_follow_end_alike_and_so_does_who_comes_after_compaction(int seed)
    {
        var random = new Random(seed);
        for (var history = 0; history < 2000; history++)
        {
            var time = new FakeTimeProvider();
            var log = new List<Record>();
            var followers = new List<Follower> { new(1, time), new(2, time) };
            for (var step = 0; step < 40; step++)
            {
                TakeStep(random, log, followers, time);
            }

            Settle(log, followers, time);
            foreach (var follower in followers)
            {
                Assert.That(follower.State(), Is.EqualTo(followers[0].State()), () => Text(log));
            }

            var late = new Follower(99, time);
            late.Load(Compacted(random, log));
            Assert.That(late.State(), Is.EqualTo(followers[0].State()), () => Text(log));
        }
    }

    private static void TakeStep(Random random, List<Record> log, List<Follower> followers, FakeTimeProvider time)
    {
        var writer = followers[random.Next(followers.Count)];
        switch (random.Next(10))
        {
            case 0 when followers.Count < 5:
                // Conflicts may be open: it sees what compaction must not take yet.
                var newcomer = new Follower(followers.Count + 1, time);
                newcomer.Load(log);
                followers.Add(newcomer);
                break;
            case 1:
                time.Advance(TimeSpan.FromSeconds(random.Next(20)));
                log.AddRange(writer.Repairs());
                break;
            case 2 or 3 or 4:
                writer.Follow(log);
                break;
            default:
                var client = random.Next(Clients);
                var known = writer.Find(client).Version;
                var broker = random.Next(4) == 0 && known >= 0 ? null : $"b{random.Next(5)}";
                log.Add(new Record(client, broker, known, writer.Number));
                break;
        }
    }

    private static void Settle(List<Record> log, List<Follower> followers, FakeTimeProvider time)
    {
        for (var round = 0; round < 20; round++)
        {
            followers.ForEach(follower => follower.Follow(log));
            if (followers.TrueForAll(follower => follower.Conflicts.Count == 0))
            {
                return;
            }

            time.Advance(TimeSpan.FromSeconds(20));
            log.AddRange(followers.SelectMany(follower => follower.Repairs()).ToArray());
        }

        Assert.Fail($"no end of the conflicts: {Text(log)}");
    }

    /// <summary>Up to a point only the last of each key, and of the others some that were read before they went.</summary>
    private static List<Record?> Compacted(Random random, List<Record> log)
    {
        var clean = random.Next(log.Count + 1);
        return
        [
            .. log.Select(
                (record, offset) =>
                    offset >= clean || IsLast(log, record, offset, clean) || random.Next(4) == 0 ? record : null
            ),
        ];
    }

    private static bool IsLast(List<Record> log, Record record, int offset, int clean) =>
        !log.Take(clean).Skip(offset + 1).Any(later => later.Client == record.Client);

    private static string Text(List<Record> log) => string.Join('\n', log.Select((record, at) => $"{at} {record}"));

    private static byte[] Id(int client) => [(byte)('a' + client)];
}
