using System.Diagnostics;
using System.Text;
using FsCheck.Fluent;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class TopicTrieTest
{
    [Test]
    public void The_first_match_is_the_same_as_trying_filter_by_filter()
    {
        var samples = from filters in Samples.Filters from topic in Samples.Topic select (filters, topic);
        samples.Holds(
            sample =>
            {
                var expected = Array.FindIndex(sample.filters, filter => Specification.Matches(filter, sample.topic));
                return Trie(sample.filters).FirstMatch(Encoding.UTF8.GetBytes(sample.topic)) == expected;
            },
            5000
        );
    }

    [Test]
    public void A_lower_number_wins_wherever_it_stands()
    {
        Assert.That(Trie(["a/+", "a/b"]).FirstMatch("a/b"u8), Is.EqualTo(0));
        Assert.That(Trie(["a/b", "a/+"]).FirstMatch("a/b"u8), Is.EqualTo(0));
        Assert.That(Trie(["a/b/c", "#", "a/b"]).FirstMatch("a/b"u8), Is.EqualTo(1));
    }

    [Test]
    public void A_topic_deeper_than_any_pattern_is_no_burden()
    {
        var deep = Encoding.UTF8.GetBytes(new string('/', 65_535));

        Assert.That(Trie([new string('/', 999), "+/#"]).FirstMatch(deep), Is.EqualTo(1));
    }

    [Test]
    public void Ten_thousand_rules_cost_no_more_than_ten()
    {
        var few = Median(Trie(Rules(10)), "site/7/device/x/data"u8);
        var many = Median(Trie(Rules(10_000)), "site/7777/device/x/data"u8);

        // A walk along the rules would be a thousand times as long.
        Assert.That(many / few, Is.LessThan(50));
    }

    private static List<string> Rules(int count) =>
        [.. Enumerable.Range(0, count).Select(number => $"site/{number}/device/+/data")];

    private static double Median(TopicTrie trie, ReadOnlySpan<byte> mqttTopic)
    {
        var runs = new double[31];
        for (var run = 0; run < runs.Length; run++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var times = 0; times < 2000; times++)
            {
                trie.FirstMatch(mqttTopic);
            }

            runs[run] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(runs);
        return runs[runs.Length / 2];
    }

    private static TopicTrie Trie(IEnumerable<string> filters)
    {
        var trie = new TopicTrie();
        foreach (var (number, filter) in filters.Index())
        {
            trie.Add(Parsed.Mqtt(filter).Filter, number);
        }

        return trie;
    }
}
