-- The version of its base prompt that a component was copied from; not known of those that are older than this.
ALTER TABLE :"schema".prompt_components ADD COLUMN base_prompt_version integer;
