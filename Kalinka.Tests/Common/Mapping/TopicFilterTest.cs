using System.Text;
using FsCheck.Fluent;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class TopicFilterTest
{
    [TestCase("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [TestCase("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [TestCase("sport/+", "sport", false)]
    [TestCase("sport/+", "sport/", true)]
    [TestCase("+/+", "/finance", true)]
    [TestCase("+", "/finance", false)]
    [TestCase("#", "$SYS/a", false)]
    [TestCase("+/monitor/Clients", "$SYS/monitor/Clients", false)]
    [TestCase("$SYS/#", "$SYS/a", true)]
    [TestCase("a/+", "a/$b", true)]
    [TestCase("Accounts", "ACCOUNTS", false)]
    public void The_examples_of_the_specification_hold(string filter, string mqttTopic, bool expected)
    {
        Assert.That(Matches(filter, mqttTopic), Is.EqualTo(expected));
        Assert.That(Specification.Matches(filter, mqttTopic), Is.EqualTo(expected), "the oracle itself");
    }

    [Test]
    public void A_filter_matches_what_the_specification_says()
    {
        Pairs(Samples.Filter, Samples.Topic)
            .Holds(pair => Matches(pair.Left, pair.Right) == Specification.Matches(pair.Left, pair.Right), 10_000);
    }

    [Test]
    public void A_filter_covers_another_that_matches_no_topic_beyond_its_own()
    {
        Pairs(Samples.Filter, Samples.Filter)
            .Where(IsShort)
            .Holds(pair => Filter(pair.Left).Covers(Filter(pair.Right)) == CoversByTrial(pair.Left, pair.Right), 1000);
    }

    [Test]
    public void Filters_overlap_that_match_a_common_topic()
    {
        Pairs(Samples.Filter, Samples.Filter)
            .Where(IsShort)
            .Holds(
                pair => Filter(pair.Left).Overlaps(Filter(pair.Right)) == OverlapsByTrial(pair.Left, pair.Right),
                1000
            );
    }

    [Test]
    public void In_a_set_each_filter_knows_those_that_overlap_it()
    {
        Samples.Filters.Holds(texts =>
        {
            var filters = texts.Distinct().Select(Filter).ToArray();
            var set = new TopicFilterSet(filters);
            return filters
                .Index()
                .All(one =>
                    set.Overlapping(one.Index)
                        .SequenceEqual(
                            filters
                                .Index()
                                .Where(other => other.Index != one.Index && other.Item.Overlaps(one.Item))
                                .Select(other => other.Index)
                        )
                );
        });
    }

    [Test]
    public void The_smallest_set_covers_all_and_none_of_it_covers_another()
    {
        Samples.Filters.Holds(texts =>
        {
            var filters = texts.Select(Filter).ToArray();
            var smallest = TopicFilterSet.Smallest(filters).Filters;
            return filters.All(filter => smallest.Any(kept => kept.Covers(filter)))
                && smallest.All(one => smallest.All(other => one == other || !one.Covers(other)));
        });
    }

    [Test]
    public void Why_a_topic_does_not_match_is_told_whenever_it_does_not()
    {
        Pairs(Samples.Filter, Samples.Topic)
            .Holds(pair =>
                MqttMismatch.Explain(Filter(pair.Left), pair.Right) is null == Matches(pair.Left, pair.Right)
            );
    }

    // Trial knows topics of up to four levels, one more than these filters need.
    private static bool IsShort((string Left, string Right) pair) =>
        pair.Left.Split('/').Length <= 3 && pair.Right.Split('/').Length <= 3;

    private static bool CoversByTrial(string wide, string narrow) =>
        Samples.AllShortTopics.All(topic =>
            !Specification.Matches(narrow, topic) || Specification.Matches(wide, topic)
        );

    private static bool OverlapsByTrial(string one, string two) =>
        Samples.AllShortTopics.Any(topic => Specification.Matches(one, topic) && Specification.Matches(two, topic));

    private static FsCheck.Gen<(string Left, string Right)> Pairs(
        FsCheck.Gen<string> left,
        FsCheck.Gen<string> right
    ) => from one in left from two in right select (one, two);

    private static TopicFilter Filter(string text) => Parsed.Mqtt(text).Filter;

    private static bool Matches(string filter, string mqttTopic) =>
        Filter(filter).Matches(Encoding.UTF8.GetBytes(mqttTopic));
}
