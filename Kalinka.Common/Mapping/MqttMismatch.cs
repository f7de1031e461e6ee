using System.Text;

namespace Kalinka.Common.Mapping;

/// <summary>Tells a person why a topic does not match a filter.</summary>
public static class MqttMismatch
{
    /// <summary>A clause; null when the topic matches.</summary>
    public static string? Explain(TopicFilter filter, string mqttTopic)
    {
        var bytes = Encoding.UTF8.GetBytes(mqttTopic);
        if (filter.Matches(bytes))
        {
            return null;
        }

        var topic = mqttTopic.Split('/');
        if (TopicFilter.IsHiddenFrom(filter.Levels[0], bytes))
        {
            return "a topic that begins with $ is not matched by a leading wildcard or capture";
        }

        for (var index = 0; index < Math.Min(topic.Length, filter.Levels.Count); index++)
        {
            var level = filter.Levels[index];
            if (!level.Matches(Encoding.UTF8.GetBytes(topic[index])))
            {
                return $"level {index + 1} is \"{topic[index]}\", not \"{Encoding.UTF8.GetString(level.Literal)}\"";
            }
        }

        return $"the topic has {Count(topic.Length)}, the rule wants {Wanted(filter)}";
    }

    private static string Wanted(TopicFilter filter) =>
        filter.Levels[^1].Kind == LevelKind.Rest
            ? $"{Count(filter.Levels.Count - 1)} or more"
            : Count(filter.Levels.Count);

    private static string Count(int levels) => levels == 1 ? "1 level" : $"{levels} levels";
}
