using Kalinka.Common.Directory;
using Kalinka.Tests.Common.Directory;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>The directory's contract on a compacted topic of a real Kafka.</summary>
internal sealed class TopicDirectoryTests : DirectoryContract
{
    protected override DirectoryHarness NewHarness() => new TopicHarness(SharedKafka.Server);

    [Test]
    public async Task Whoever_comes_later_reads_all_that_is_there_and_a_sub_has_it_without_writing()
    {
        var puts = Enumerable.Range(0, 3000).Select(i => LocationChange.Put(Id($"c{i}"), $"b{i % 3}", Location.Absent));
        await Directory.ChangeAsync([.. puts], default).WaitAsync(Soon);
        await Change(LocationChange.Remove(Id("c0"), Find("c0")));

        var later = ((TopicHarness)Harness).Open(writes: false);
        Assert.That((await later.ReadAsync(Id("c2999"), default).AsTask().WaitAsync(Soon)).Broker, Is.EqualTo("b2"));
        Assert.That(later.Find(Id("c0")), Is.EqualTo(Location.Absent));
        Assert.That((later.Count, Directory.Count), Is.EqualTo((2999, 2999)));
        Assert.That(later.Find(Id("c17")), Is.EqualTo(Find("c17")));
    }
}
